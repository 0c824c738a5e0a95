/**
 * What tells most about an intruder: secrets, accounts, and what is run at start-up or log-in. A flood of other
 * files must not hide one of these in a line for their directory.
 */
export const alwaysNamed: readonly string[] = [
  '/etc/passwd',
  '/etc/passwd-',
  '/etc/shadow',
  '/etc/shadow-',
  '/etc/group',
  '/etc/gshadow',
  '/etc/gshadow-',
  '/etc/sudoers',
  '/etc/sudoers.d/',
  '/etc/security/',
  '/etc/pam.d/',
  '/etc/ssh/',
  '/etc/ssl/private/',
  '/etc/krb5.keytab',
  '/etc/ld.so.preload',
  '/etc/crontab',
  '/etc/cron.d/',
  '/etc/cron.hourly/',
  '/etc/cron.daily/',
  '/etc/systemd/system/',
  '/var/spool/cron/',
  '**/.ssh/',
  '**/.gnupg/',
  '**/.bash_history',
  '**/.bashrc',
  '**/.profile',
];
