/**
 * Magic numbers (include/uapi/linux/magic.h) of file systems that hold no files in the
 * user's sense: reading /proc is how half of all programs start.
 */
export const ignoredFileSystems: readonly number[] = [
  0x9fa0, // proc
  0x62656572, // sysfs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x74726163, // tracefs
  0x64626720, // debugfs
  0xcafe4a11, // bpf
  0x73636673, // securityfs
  0xf97cff8c, // selinuxfs
  0x6e736673, // nsfs
  0x1cd1, // devpts
  0x62656570, // configfs
  0x6165676c, // pstore
  0xde5e81e4, // efivarfs
  0x42494e4d, // binfmt_misc
];

export const OVERLAY = 0x794c7630;
export const BTRFS = 0x9123683e;

/** Those that may keep a reader waiting for a program or a server, for ever if that one wishes: not looked into. */
export const waitingFileSystems: ReadonlySet<number> = new Set([
  0x65735546, // fuse, virtiofs
  0x6969, // nfs
  0xff534d42, // cifs
  0xfe534d42, // smb2
  0x01021997, // 9p
  0x00c36400, // ceph
  0x5346414f, // afs
]);
