/* Lets a process die, or a system call fail, at an exact place: preload this library and arm it.
 *
 * Every call below that changes files or talks to a client is numbered, over all threads of the process. At the number that was asked
 * for, the process dies by SIGKILL before or after the call, or the call fails with an errno and is not made.
 *
 *     cc -shared -fPIC -O1 -o crash_shim.so crash_shim.c -ldl
 *
 * With CRASH_SHIM_LIES in the environment nothing is numbered; instead fsync and fdatasync claim success and do nothing. That is the
 * negative control of the tests that look for them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { DIE_BEFORE = 0, DIE_AFTER = 1 }; /* any other fault is an errno */
enum { FSYNC = 1, FDATASYNC, WRITE, WRITEV, PWRITE, FTRUNCATE, RENAME, UNLINK, MKDIR, SEND };

/* Shared with the test through a mapped file, so that it can be read when the process is dead. */
struct report {
    long calls;     /* how many were made since arming */
    long kind;      /* of the call that was hit; 0: none yet */
    long directory; /* 1: the call that was hit was a sync of a directory */
};

static struct report nowhere;
static struct report *report = &nowhere;
static long target = -1; /* -1: not armed; 0: count only */
static int fault;
static int lies;

__attribute__((constructor)) static void read_environment(void) { lies = getenv("CRASH_SHIM_LIES") != NULL; }

/* From here on count calls into `shared`, and let `how` happen at call number `number` (0: never). */
void crash_shim_arm(long number, int how, struct report *shared) {
    report = shared;
    fault = how;
    __atomic_store_n(&target, number, __ATOMIC_SEQ_CST);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static mode_t type_of(int fd) {
    struct stat status;
    return fd >= 0 && fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

static int is_local_socket(int fd) {
    struct sockaddr address;
    socklen_t length = sizeof address;
    return getsockname(fd, &address, &length) == 0 && address.sa_family == AF_UNIX;
}

/* Whether it happens now. Does not return where the process dies before the call. */
static int reached(int kind, int fd) {
    long armed = __atomic_load_n(&target, __ATOMIC_SEQ_CST);
    if (armed < 0 || (kind == WRITE && type_of(fd) == S_IFIFO))
        return 0;
    if (__atomic_add_fetch(&report->calls, 1, __ATOMIC_SEQ_CST) != armed)
        return 0;
    if (fault > DIE_AFTER && fd >= 0 && is_local_socket(fd))
        return 0; /* a process may die there, but the kernel's memory does not fail as a disk or a network does */
    report->directory = type_of(fd) == S_IFDIR;
    report->kind = kind;
    if (fault == DIE_BEFORE)
        die();
    return 1;
}

#define NUMBERED(kind, fd, type, name, parameters, arguments)                      \
    type name parameters {                                                         \
        static type(*original) parameters;                                         \
        if (original == NULL)                                                      \
            original = (type(*) parameters)dlsym(RTLD_NEXT, #name);                \
        if (lies && (kind == FSYNC || kind == FDATASYNC))                          \
            return 0;                                                              \
        int hit = reached(kind, fd);                                               \
        if (hit && fault > DIE_AFTER) {                                            \
            errno = fault;                                                         \
            return (type)-1;                                                       \
        }                                                                          \
        type result = original arguments;                                          \
        if (hit)                                                                   \
            die();                                                                 \
        return result;                                                             \
    }

NUMBERED(FSYNC, fd, int, fsync, (int fd), (fd))
NUMBERED(FDATASYNC, fd, int, fdatasync, (int fd), (fd))
NUMBERED(WRITE, fd, ssize_t, write, (int fd, const void *from, size_t size), (fd, from, size))
NUMBERED(WRITEV, fd, ssize_t, writev, (int fd, const struct iovec *from, int count), (fd, from, count))
NUMBERED(PWRITE, fd, ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
NUMBERED(PWRITE, fd, ssize_t, pwrite64, (int fd, const void *from, size_t size, off64_t at), (fd, from, size, at))
NUMBERED(FTRUNCATE, fd, int, ftruncate, (int fd, off_t size), (fd, size))
NUMBERED(FTRUNCATE, fd, int, ftruncate64, (int fd, off64_t size), (fd, size))
NUMBERED(RENAME, -1, int, rename, (const char *from, const char *to), (from, to))
NUMBERED(UNLINK, -1, int, unlink, (const char *path), (path))
NUMBERED(MKDIR, -1, int, mkdir, (const char *path, mode_t mode), (path, mode))
NUMBERED(SEND, fd, ssize_t, send, (int fd, const void *from, size_t size, int flags), (fd, from, size, flags))
NUMBERED(SEND, fd, ssize_t, sendto,
         (int fd, const void *from, size_t size, int flags, const struct sockaddr *to, socklen_t length),
         (fd, from, size, flags, to, length))
