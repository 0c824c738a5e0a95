import koffi, { type LibraryHandle } from 'koffi';
import { AgentError } from '../errors.js';

/** An address in this process; null is NULL. */
export type Pointer = bigint | null;

/** Every function of libbpf 1.x that we call. The C prototype stands above each. */
export interface Libbpf {
  /** `const char *libbpf_version_string(void)` */
  readonly versionString: () => string;
  /** `libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t fn)` */
  readonly setPrint: (print: Pointer) => Pointer;
  /** `struct bpf_object *bpf_object__open_file(const char *path, const struct bpf_object_open_opts *opts)` */
  readonly objectOpenFile: (path: string, options: Pointer) => Pointer;
  /** `int bpf_object__load(struct bpf_object *obj)` */
  readonly objectLoad: (object: Pointer) => number;
  /** `void bpf_object__close(struct bpf_object *obj)` */
  readonly objectClose: (object: Pointer) => void;
  /** `struct bpf_program *bpf_object__next_program(const struct bpf_object *obj, struct bpf_program *prog)` */
  readonly objectNextProgram: (object: Pointer, program: Pointer) => Pointer;
  /** `struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *obj, const char *name)` */
  readonly objectFindMapByName: (object: Pointer, name: string) => Pointer;
  /** `const char *bpf_program__name(const struct bpf_program *prog)` */
  readonly programName: (program: Pointer) => string;
  /** `const char *bpf_program__section_name(const struct bpf_program *prog)` */
  readonly programSectionName: (program: Pointer) => string;
  /** `int bpf_program__set_autoload(struct bpf_program *prog, bool autoload)` */
  readonly programSetAutoload: (program: Pointer, autoload: boolean) => number;
  /** `int bpf_program__fd(const struct bpf_program *prog)` */
  readonly programFd: (program: Pointer) => number;
  /** `struct bpf_link *bpf_program__attach(const struct bpf_program *prog)` */
  readonly programAttach: (program: Pointer) => Pointer;
  /** `struct bpf_link *bpf_program__attach_iter(const struct bpf_program *prog, const struct bpf_iter_attach_opts *opts)` */
  readonly programAttachIterator: (program: Pointer, options: Uint8Array | null) => Pointer;
  /** `int bpf_link__fd(const struct bpf_link *link)` */
  readonly linkFd: (link: Pointer) => number;
  /** `int bpf_iter_create(int link_fd)` */
  readonly iteratorCreate: (linkFd: number) => number;
  /** Where the memory of a buffer lies, for a structure that points to it. */
  readonly address: (memory: Uint8Array) => bigint;
  /** `int bpf_link__destroy(struct bpf_link *link)` */
  readonly linkDestroy: (link: Pointer) => number;
  /** The same in another thread: the kernel waits a grace period for each. */
  readonly linkDestroyLater: (link: Pointer) => Promise<void>;
  /** `int bpf_map__fd(const struct bpf_map *map)` */
  readonly mapFd: (map: Pointer) => number;
  /** `int bpf_map__set_max_entries(struct bpf_map *map, __u32 max_entries)` */
  readonly mapSetMaxEntries: (map: Pointer, entries: number) => number;
  /** `int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)` */
  readonly mapUpdateElement: (fd: number, key: Uint8Array, value: Uint8Array, flags: number) => number;
  /** `int bpf_map_lookup_elem(int fd, const void *key, void *value)` */
  readonly mapLookupElement: (fd: number, key: Uint8Array, value: Uint8Array) => number;
  /** `int bpf_map_get_next_key(int fd, const void *key, void *next_key)` */
  readonly mapGetNextKey: (fd: number, key: Uint8Array | null, next: Uint8Array) => number;
  /** `int bpf_prog_test_run_opts(int prog_fd, struct bpf_test_run_opts *opts)` */
  readonly programTestRun: (fd: number, options: Uint8Array) => number;
}

/** Throws AgentError LIBBPF_MISSING. */
export function loadLibbpf(): Libbpf {
  const library = openLibrary();
  const linkDestroy = library.func('bpf_link__destroy', 'int', ['void *']);
  return {
    versionString: library.func('libbpf_version_string', 'str', []),
    setPrint: library.func('libbpf_set_print', 'void *', ['void *']),
    objectOpenFile: library.func('bpf_object__open_file', 'void *', ['str', 'void *']),
    objectLoad: library.func('bpf_object__load', 'int', ['void *']),
    objectClose: library.func('bpf_object__close', 'void', ['void *']),
    objectNextProgram: library.func('bpf_object__next_program', 'void *', ['void *', 'void *']),
    objectFindMapByName: library.func('bpf_object__find_map_by_name', 'void *', ['void *', 'str']),
    programName: library.func('bpf_program__name', 'str', ['void *']),
    programSectionName: library.func('bpf_program__section_name', 'str', ['void *']),
    programSetAutoload: library.func('bpf_program__set_autoload', 'int', ['void *', 'bool']),
    programFd: library.func('bpf_program__fd', 'int', ['void *']),
    programAttach: library.func('bpf_program__attach', 'void *', ['void *']),
    programAttachIterator: library.func('bpf_program__attach_iter', 'void *', ['void *', 'void *']),
    linkFd: library.func('bpf_link__fd', 'int', ['void *']),
    iteratorCreate: library.func('bpf_iter_create', 'int', ['int']),
    address: (memory) => koffi.address(memory),
    linkDestroy,
    linkDestroyLater: (link) =>
      new Promise((resolve) => {
        linkDestroy.async(link, () => {
          resolve();
        });
      }),
    mapFd: library.func('bpf_map__fd', 'int', ['void *']),
    mapSetMaxEntries: library.func('bpf_map__set_max_entries', 'int', ['void *', 'uint32']),
    mapUpdateElement: library.func('bpf_map_update_elem', 'int', ['int', 'void *', 'void *', 'uint64']),
    mapLookupElement: library.func('bpf_map_lookup_elem', 'int', ['int', 'void *', 'void *']),
    mapGetNextKey: library.func('bpf_map_get_next_key', 'int', ['int', 'void *', 'void *']),
    programTestRun: library.func('bpf_prog_test_run_opts', 'int', ['int', 'void *']),
  };
}

function openLibrary(): LibraryHandle {
  try {
    return koffi.load('libbpf.so.1');
  } catch (cause) {
    throw new AgentError('LIBBPF_MISSING', 'libbpf.so.1 is not installed on this host: install the package libbpf1', {
      cause,
    });
  }
}
