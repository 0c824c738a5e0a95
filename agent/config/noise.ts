/**
 * Reads that say nothing about what a user does: the loader, the C library, interpreters and login programs make
 * them on behalf of every command. An entry that ends in `/` stands for all files below it, any other for that file
 * alone; one that begins with a doubled asterisk for a directory or file of that name anywhere.
 * A file that a program passes on byte for byte (cat, cp) is told of all the same.
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
