/**
 * Reads that say nothing about what a user does: the loader, the C library and login programs make them on behalf
 * of every command. An entry that ends in `/` stands for all files below it, any other for that file alone.
 * Only reads are left out: whoever writes, removes or renames one of these files gets a line.
 * What lies on /proc and /sys is left out by file system type already, wherever it is mounted.
 */
export const defaultReadNoise: readonly string[] = [
  // Loader and shared libraries
  '/usr/lib/',
  '/usr/lib32/',
  '/usr/lib64/',
  '/usr/libx32/',
  '/lib/',
  '/lib32/',
  '/lib64/',
  '/etc/ld.so.cache',
  '/etc/ld.so.preload',
  // Locale, time zone, terminal
  '/usr/share/locale/',
  '/usr/share/i18n/',
  '/usr/share/zoneinfo/',
  '/usr/share/terminfo/',
  '/usr/share/vim/',
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
