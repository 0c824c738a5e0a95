/**
 * Reads that say nothing about what a user does: the loader, the C library, interpreters and login programs make
 * them on behalf of every command. An entry that ends in `/` stands for all files below it, any other for that file
 * alone; one that begins with a doubled asterisk for a directory or file of that name anywhere.
 * A file that a program passes on byte for byte (cat, cp) or that its command line names is told of all the same.
 * Only reads are left out: whoever writes, removes or renames one of these files gets a line.
 * What lies on /proc and /sys is left out by file system type already, wherever it is mounted.
 */
export const defaultReadNoise: readonly string[] = [
  // What the distribution installed: programs load libraries, headers, modules, messages and fonts from there
  '/usr/',
  '/lib/',
  '/lib32/',
  '/lib64/',
  '/etc/ld.so.cache',
  '/etc/ld.so.preload',
  '/etc/alternatives/',
  // Modules of interpreters, and what version control keeps for itself
  '**/node_modules/',
  '**/__pycache__/',
  '**/site-packages/',
  '**/dist-packages/',
  '**/.git/',
  // Start of a shell
  '/etc/profile',
  '/etc/profile.d/',
  '/etc/bash.bashrc',
  '/etc/bash_completion.d/',
  '**/.bashrc',
  '**/.bash_profile',
  '**/.bash_history',
  '**/.profile',
  '**/.gitconfig',
  '**/.config/git/',
  '**/.npmrc',
  // Settings of programs
  '/etc/gitconfig',
  '/etc/nanorc',
  '/etc/vim/',
  '/etc/wgetrc',
  '/etc/screenrc',
  '/etc/mke2fs.conf',
  '/etc/manpath.config',
  '/etc/fonts/',
  '/etc/magic',
  '/etc/mime.types',
  '/etc/lsb-release',
  '/etc/debian_version',
  '/etc/os-release',
  '/etc/perl/',
  '/etc/python3/',
  '/etc/python3.11/',
  '/etc/lesskey',
  // Package managers
  '/etc/apt/',
  '/etc/dpkg/',
  '/var/lib/dpkg/',
  '/var/lib/apt/',
  '/var/cache/apt/',
  '/var/cache/debconf/',
  // Locale, time zone, terminal
  '/etc/terminfo/',
  '/etc/locale.alias',
  '/etc/default/locale',
  '/etc/localtime',
  '/etc/inputrc',
  // Names of users, hosts and services, looked up by the C library
  '/etc/nsswitch.conf',
  '/etc/passwd',
  '/etc/group',
  '/etc/hosts',
  '/etc/hosts.allow',
  '/etc/hosts.deny',
  '/etc/host.conf',
  '/etc/resolv.conf',
  '/etc/gai.conf',
  '/etc/services',
  '/etc/protocols',
  // Settings that a tool reads before whatever it does
  '/etc/gitconfig',
  '/etc/mime.types',
  '/etc/wgetrc',
  // Certificates, read for every connection that is encrypted
  '/etc/ssl/certs/',
  '/etc/ca-certificates/',
  // Log-in: each of these is read for every session
  '/etc/ssl/openssl.cnf',
  '/etc/ssh/',
  '/etc/pam.conf',
  '/etc/pam.d/',
  '/etc/security/',
  '/etc/login.defs',
  '/etc/environment',
  '/etc/motd',
  '/etc/shells',
];

/**
 * What programs write for themselves, for their next start, beside what they are asked to do. What decides what will be
 * run is not among it: settings, hooks.
 */
export const defaultWriteNoise: readonly string[] = [
  // Version control: contents by their hash, what was staged, a log of its own. Branches and settings are told.
  '**/.git/objects/',
  '**/.git/logs/',
  '**/.git/info/',
  '**/.git/branches/',
  '**/.git/index',
  '**/.git/index.lock',
  '**/.git/COMMIT_EDITMSG',
  '**/.git/ORIG_HEAD',
  '**/.git/gc.log',
  '**/.git/gc.pid',
  // Interactive programs: what was typed and where the cursor was
  '**/.viminfo',
  '**/.viminfo.tmp',
  '**/.lesshst',
  '**/.local/share/nano/',
  '**/.wget-hsts',
  // Compiled modules of interpreters
  '**/__pycache__/',
];
