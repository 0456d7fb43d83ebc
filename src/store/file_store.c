/*
 * file_store.c - a folder as object store (spec/storage.md 2.1).
 *
 * Create:	open "<path>#<n>" with O_EXCL, write, fsync, link to <path>, unlink "<path>#<n>", fsync the
 *			directory. Readers of the final name see the whole object or none; of two creators one
 *			gets EEXIST from link.
 * Put:		the same with rename instead of link and unlink.
 *
 * All paths are opened relative to the folder's descriptor. Neither the folder nor an object may be a
 * symbolic link, and keys have no ".." segments, so a key cannot lead out of the folder.
 *
 * Descriptors that are open while an arena allocates sit in the store: when the allocation unwinds,
 * the next call closes them.
 */
#include "store/store_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/vec.h"

#define MAX_UPLOAD_NUMBER	100000	/* "#n" names that are tried for one object */
#define MAX_DEPTH			64		/* of folders in a listing */
#define UPLOAD_NAME_BYTES	(NAMI_STORE_MAX_KEY_BYTES + 16)
#define PATH_BYTES			8192	/* any path that the system would take, and a key */

typedef struct FileStore
{
	NamiStore	base;
	char	   *directory;		/* NUL-terminated, in the store's arena */
	bool		has_control_directory;
	int			root_fd;		/* -1 between calls */
	int			file_fd;		/* object being read, else -1 */
	DIR		   *listing;		/* folder being listed, else NULL */
} FileStore;

typedef enum WriteMode
{
	WRITE_CREATE,
	WRITE_REPLACE,
	WRITE_REPLACE_UNSYNCED		/* may be lost when the machine crashes */
} WriteMode;

static void
close_descriptors(FileStore *store)
{
	if (store->listing != NULL)
		closedir(store->listing);
	if (store->file_fd >= 0)
		close(store->file_fd);
	if (store->root_fd >= 0)
		close(store->root_fd);
	store->listing = NULL;
	store->file_fd = -1;
	store->root_fd = -1;
}

static NamiErrorClass
class_of_errno(int errnum)
{
	switch (errnum)
	{
		case EACCES:
		case EPERM:
		case EROFS:
		case ELOOP:				/* O_NOFOLLOW met a symbolic link */
			return NAMI_ERR_PERMISSION;
		case ENOSPC:
		case EDQUOT:
			return NAMI_ERR_DISK_FULL;
		default:
			return NAMI_ERR_IO;
	}
}

/* Outcome FAILED from errno. */
static void
fail_errno(FileStore *store, NamiStoreRequest *req, const char *what, const char *path)
{
	int			errnum = errno;

	nami_store_request_fail(req, class_of_errno(errnum), "could not %s \"%s/%s\": %s", what,
							store->directory, path, strerror(errnum));
	if (errnum == ELOOP)
		nami_error_detail(&req->error, "Symbolic links are not followed.");
}

static bool
is_missing(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR;
}

/* --------------------------------------------------------------------------------------------- */
/* Names */

static bool
is_path_segment(NamiStr segment)
{
	return segment.len > 0 && !nami_str_eq(segment, NAMI_STR(".")) &&
		!nami_str_eq(segment, NAMI_STR(".."));
}

/*
 * Copies the key as a NUL-terminated relative path; false (the request has failed) when it could
 * lead out of the folder.
 */
static bool
path_of_key(NamiStoreRequest *req, char path[NAMI_STORE_MAX_KEY_BYTES + 1])
{
	NamiStr		key = req->key;
	NamiStr		segment = key;
	size_t		start = 0;
	bool		is_write = req->op == NAMI_OP_CREATE || req->op == NAMI_OP_PUT;

	for (size_t i = 0; i <= key.len; i++)
	{
		if (i < key.len && key.ptr[i] != '/')
			continue;
		segment = nami_str_slice(key, start, i - start);
		if (!is_path_segment(segment))
		{
			nami_store_request_fail(req, NAMI_ERR_ARGUMENT,
									"object key \"%.*s\" is not possible in a folder",
									NAMI_STR_ARG(key));
			return false;
		}
		start = i + 1;
	}
	if (is_write && nami_store_is_upload_name(segment))
	{
		nami_store_request_fail(req, NAMI_ERR_ARGUMENT,
								"object key \"%.*s\" is the name of an unfinished upload",
								NAMI_STR_ARG(key));
		return false;
	}
	memcpy(path, key.ptr, key.len);
	path[key.len] = '\0';
	return true;
}

/* Opens the folder that holds path (relative to the root) for fsync; -1 and errno. */
static int
open_parent(int root_fd, const char *path)
{
	char		parent[PATH_BYTES];
	const char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return openat(root_fd, slash == NULL ? "." : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(parent, sizeof(parent), "%.*s", (int) (slash - path), path);
	return openat(root_fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Makes the entries of the folder that holds path durable. */
static bool
sync_parent(int root_fd, const char *path)
{
	int			fd = open_parent(root_fd, path);
	bool		is_ok;
	int			errnum;

	if (fd < 0)
		return false;

	/* Some file systems cannot fsync a directory and say so. */
	is_ok = fsync(fd) == 0 || errno == EINVAL;
	errnum = errno;
	close(fd);
	errno = errnum;
	return is_ok;
}

/* mkdir -p of the folders above path, relative to root_fd (AT_FDCWD allowed); each made durable. */
static bool
make_parents(int root_fd, const char *path)
{
	char		folder[PATH_BYTES];

	for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
	{
		int			len = snprintf(folder, sizeof(folder), "%.*s", (int) (slash - path), path);

		if (len < 0 || (size_t) len >= sizeof(folder))
		{
			errno = ENAMETOOLONG;
			return false;
		}
		if (mkdirat(root_fd, folder, 0777) == 0)
		{
			if (!sync_parent(root_fd, folder))
				return false;
		}
		else if (errno != EEXIST)
			return false;
	}
	return true;
}

/* --------------------------------------------------------------------------------------------- */
/* The folder itself */

static int
open_directory(const FileStore *store)
{
	return open(store->directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Sets root_fd. False with errno; ENOENT when there is no such folder. */
static bool
open_root(FileStore *store)
{
	if (store->root_fd < 0)
		store->root_fd = open_directory(store);
	return store->root_fd >= 0;
}

static void
fail_root(FileStore *store, NamiStoreRequest *req)
{
	int			errnum = errno;

	nami_store_request_fail(req, class_of_errno(errnum), "could not open directory \"%s\": %s",
							store->directory, strerror(errnum));
	if (errnum == ENOTDIR)
		nami_error_detail(&req->error, "Symbolic links are not followed.");
}

/* The folder for a write: made when missing, with the control directory of the product in it. */
static bool
open_root_for_write(FileStore *store, NamiStoreRequest *req)
{
	if (!open_root(store))
	{
		char	   *path = store->directory;
		char		with_slash[PATH_BYTES];
		int			len;

		if (errno != ENOENT)
		{
			fail_root(store, req);
			return false;
		}
		len = snprintf(with_slash, sizeof(with_slash), "%s/", path);
		if (len < 0 || (size_t) len >= sizeof(with_slash) ||
			!make_parents(AT_FDCWD, with_slash) || !open_root(store))
		{
			nami_store_request_fail(req, class_of_errno(errno),
									"could not create directory \"%s\": %s", path,
									strerror(errno));
			return false;
		}
		store->has_control_directory = false;
	}
	if (!store->has_control_directory)
	{
		if (mkdirat(store->root_fd, ".namidb", 0777) == 0)
		{
			if (!sync_parent(store->root_fd, ".namidb"))
			{
				fail_errno(store, req, "sync directory of", ".namidb");
				return false;
			}
		}
		else if (errno != EEXIST)
		{
			fail_errno(store, req, "create directory", ".namidb");
			return false;
		}
		store->has_control_directory = true;
	}
	return true;
}

/* --------------------------------------------------------------------------------------------- */
/* Writing */

/* Opens a fresh "<path>#<n>"; its name goes to upload. -1 with errno. */
static int
open_upload(FileStore *store, const char *path, char upload[UPLOAD_NAME_BYTES])
{
	bool		has_made_parents = false;

	for (int n = 1; n <= MAX_UPLOAD_NUMBER; n++)
	{
		int			fd;

		snprintf(upload, UPLOAD_NAME_BYTES, "%s#%d", path, n);
		fd = openat(store->root_fd, upload, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (fd >= 0)
			return fd;
		if (errno == ENOENT && !has_made_parents)
		{
			has_made_parents = true;
			if (!make_parents(store->root_fd, path))
				return -1;
			n--;
		}
		else if (errno != EEXIST)
			return -1;
	}
	errno = EEXIST;
	return -1;
}

static bool
write_all(int fd, NamiStr bytes)
{
	while (bytes.len > 0)
	{
		ssize_t		written = write(fd, bytes.ptr, bytes.len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
		{
			if (written == 0)
				errno = ENOSPC;
			return false;
		}
		bytes = nami_str_slice(bytes, (size_t) written, SIZE_MAX);
	}
	return true;
}

/* The upload gets its final name. Outcome DONE or EXISTS; false with errno. */
static bool
publish(FileStore *store, NamiStoreRequest *req, const char *upload, const char *path, int fd,
		WriteMode mode)
{
	struct stat st;

	if (mode != WRITE_CREATE)
	{
		req->outcome = NAMI_OUTCOME_DONE;
		return renameat(store->root_fd, upload, store->root_fd, path) == 0;
	}
	if (linkat(store->root_fd, upload, store->root_fd, path, 0) == 0)
		req->outcome = NAMI_OUTCOME_DONE;
	else if (errno == EEXIST)
	{
		/*
		 * Over NFS the answer of a link that was done can be lost, and its repetition finds our own
		 * file. The link count tells.
		 */
		req->outcome = fstat(fd, &st) == 0 && st.st_nlink == 2 ?
			NAMI_OUTCOME_DONE : NAMI_OUTCOME_EXISTS;
	}
	else
		return false;
	unlinkat(store->root_fd, upload, 0);
	return true;
}

static void
write_object(FileStore *store, NamiStoreRequest *req, const char *path, WriteMode mode)
{
	char		upload[UPLOAD_NAME_BYTES];
	int			fd;

	if (!open_root_for_write(store, req))
		return;
	fd = open_upload(store, path, upload);
	if (fd < 0)
	{
		fail_errno(store, req, "create", upload);
		return;
	}
	if (!write_all(fd, req->body) || (mode != WRITE_REPLACE_UNSYNCED && fsync(fd) != 0))
	{
		fail_errno(store, req, "write", upload);
		unlinkat(store->root_fd, upload, 0);
	}
	else if (!publish(store, req, upload, path, fd, mode))
	{
		bool		has_no_links = mode == WRITE_CREATE &&
			(errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS);

		fail_errno(store, req, "create", path);
		if (has_no_links)
			nami_error_hint(&req->error, "The file system must support hard links.");
		unlinkat(store->root_fd, upload, 0);
	}
	else if (req->outcome == NAMI_OUTCOME_DONE && mode != WRITE_REPLACE_UNSYNCED &&
			 !sync_parent(store->root_fd, path))
	{
		/* The object is there, but nobody knows for how long. */
		fail_errno(store, req, "sync directory of", path);
		if (mode == WRITE_CREATE)
			req->outcome = NAMI_OUTCOME_UNKNOWN;
	}
	close(fd);
	if (req->outcome == NAMI_OUTCOME_DONE)
		store->base.counters.bytes[req->op] += req->body.len;
}

static void
delete_object(FileStore *store, NamiStoreRequest *req, const char *path)
{
	if (!open_root(store))
	{
		if (errno == ENOENT)
			req->outcome = NAMI_OUTCOME_DONE;
		else
			fail_root(store, req);
		return;
	}
	if (unlinkat(store->root_fd, path, 0) != 0 && !is_missing(errno) && errno != EISDIR)
	{
		fail_errno(store, req, "delete", path);
		return;
	}
	req->outcome = NAMI_OUTCOME_DONE;
}

/* --------------------------------------------------------------------------------------------- */
/* Reading */

static bool
read_all(int fd, char *out, size_t length, uint64_t offset)
{
	size_t		done = 0;

	while (done < length)
	{
		ssize_t		got = pread(fd, out + done, length - done, (off_t) (offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			errno = EIO;		/* shorter than fstat said: somebody cut it */
		if (got <= 0)
			return false;
		done += (size_t) got;
	}
	return true;
}

static void
get_object(FileStore *store, NamiArena *arena, NamiStoreRequest *req, const char *path)
{
	struct stat st;
	size_t		length;
	char	   *out;

	/* O_NONBLOCK: whatever lies there must not make us wait (a FIFO). */
	store->file_fd = openat(store->root_fd, path,
							O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (store->file_fd < 0 && is_missing(errno))
	{
		req->outcome = NAMI_OUTCOME_NOT_FOUND;
		return;
	}
	if (store->file_fd < 0 || fstat(store->file_fd, &st) != 0)
	{
		fail_errno(store, req, "open", path);
		return;
	}
	if (!S_ISREG(st.st_mode))
	{
		req->outcome = NAMI_OUTCOME_NOT_FOUND;
		return;
	}
	req->size_bytes = (uint64_t) st.st_size;
	if (!nami_store_clip_range(req, req->size_bytes, &length))
		return;
	out = nami_arena_alloc(arena, length + 1);
	if (!read_all(store->file_fd, out, length, req->offset))
	{
		fail_errno(store, req, "read", path);
		return;
	}
	out[length] = '\0';
	req->bytes = (NamiStr) {out, length};
	req->outcome = NAMI_OUTCOME_DONE;
	store->base.counters.bytes[NAMI_OP_GET] += length;
}

static void
head_object(FileStore *store, NamiStoreRequest *req, const char *path)
{
	struct stat st;

	if (fstatat(store->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
	{
		if (is_missing(errno))
			req->outcome = NAMI_OUTCOME_NOT_FOUND;
		else
			fail_errno(store, req, "examine", path);
		return;
	}
	req->outcome = S_ISREG(st.st_mode) ? NAMI_OUTCOME_DONE : NAMI_OUTCOME_NOT_FOUND;
	req->size_bytes = (uint64_t) st.st_size;
}

/* --------------------------------------------------------------------------------------------- */
/* Listing */

typedef struct Folder
{
	const char *path;			/* relative to the root; "." is the root itself */
	int			depth;
} Folder;

typedef struct Listing
{
	NamiArena  *arena;
	NamiStr		start_after;
	NAMI_VEC(Folder) folders;	/* still to be read */
	NAMI_VEC(NamiStoreEntry) entries;
} Listing;

/* Takes one name of the folder. False: the request has failed. */
static bool
list_name(FileStore *store, Listing *list, NamiStoreRequest *req, Folder folder,
		  const struct dirent *dirent)
{
	NamiStr		name = nami_str(dirent->d_name);
	struct stat st;
	const char *path;

	if (nami_str_eq(name, NAMI_STR(".")) || nami_str_eq(name, NAMI_STR("..")) ||
		nami_store_is_upload_name(name))
		return true;
	path = strcmp(folder.path, ".") == 0 ? nami_arena_strdup(list->arena, dirent->d_name) :
		nami_arena_printf(list->arena, "%s/%s", folder.path, dirent->d_name);
	if (dirent->d_type == DT_REG && nami_str_cmp(nami_str(path), list->start_after) <= 0)
		return true;
	if (fstatat(store->root_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
	{
		if (is_missing(errno))
			return true;		/* deleted meanwhile */
		fail_errno(store, req, "examine", path);
		return false;
	}
	if (S_ISDIR(st.st_mode))
	{
		if (folder.depth == MAX_DEPTH)
		{
			nami_store_request_fail(req, NAMI_ERR_LIMIT, "directory \"%s/%s\" is nested too deeply",
									store->directory, path);
			return false;
		}
		nami_vec_push(&list->folders, list->arena, (Folder) {path, folder.depth + 1});
	}
	else if (S_ISREG(st.st_mode) && nami_str_cmp(nami_str(path), list->start_after) > 0)
		nami_vec_push(&list->entries, list->arena,
					  (NamiStoreEntry) {nami_str(path), (uint64_t) st.st_size});
	return true;
}

/* Reads one folder. False: the request has failed, or (outcome NONE) the host was interrupted. */
static bool
list_folder(FileStore *store, Listing *list, NamiStoreRequest *req, Folder folder)
{
	int			fd = openat(store->root_fd, folder.path,
							O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	size_t		count = 0;

	if (fd >= 0)
		store->listing = fdopendir(fd);
	if (fd < 0 || store->listing == NULL)
	{
		if (fd >= 0)
			close(fd);
		else if (is_missing(errno))
			return true;
		fail_errno(store, req, "list directory", folder.path);
		return false;
	}
	for (;;)
	{
		const struct dirent *dirent;

		errno = 0;
		dirent = readdir(store->listing);
		if (dirent == NULL)
			break;
		if (!list_name(store, list, req, folder, dirent))
			return false;
		if (++count % 256 == 0 && nami_store_interrupted(&store->base))
			return false;
	}
	if (errno != 0)
	{
		fail_errno(store, req, "list directory", folder.path);
		return false;
	}
	closedir(store->listing);
	store->listing = NULL;
	return true;
}

static void
list_objects(FileStore *store, NamiArena *arena, NamiStoreRequest *req, const char *path)
{
	Listing		list = {.arena = arena, .start_after = req->start_after};

	nami_vec_push(&list.folders, arena, (Folder) {path, 0});
	while (list.folders.count > 0)
	{
		Folder		folder = list.folders.items[--list.folders.count];

		if (!list_folder(store, &list, req, folder))
			return;
	}
	nami_store_sort_entries(list.entries.items, list.entries.count);
	req->entries = list.entries.items;
	req->entry_count = list.entries.count;
	req->outcome = NAMI_OUTCOME_DONE;
}

/* --------------------------------------------------------------------------------------------- */

/* A read of a folder that does not exist finds nothing. */
static void
read_request(FileStore *store, NamiArena *arena, NamiStoreRequest *req, const char *path)
{
	if (!open_root(store))
	{
		if (errno != ENOENT)
			fail_root(store, req);
		else if (req->op == NAMI_OP_LIST)
			req->outcome = NAMI_OUTCOME_DONE;
		else
			req->outcome = NAMI_OUTCOME_NOT_FOUND;
		return;
	}
	if (req->op == NAMI_OP_GET)
		get_object(store, arena, req, path);
	else if (req->op == NAMI_OP_HEAD)
		head_object(store, req, path);
	else
		list_objects(store, arena, req, path);
	if (store->file_fd >= 0)
		close(store->file_fd);
	store->file_fd = -1;
	if (store->listing != NULL)
		closedir(store->listing);
	store->listing = NULL;
}

static void
run_request(FileStore *store, NamiArena *arena, NamiStoreRequest *req)
{
	char		path[NAMI_STORE_MAX_KEY_BYTES + 1] = ".";

	if (req->op == NAMI_OP_LIST)
	{
		while (req->key.len > 0 && req->key.ptr[req->key.len - 1] == '/')
			req->key.len--;
	}
	if (req->key.len > 0 && !path_of_key(req, path))
		return;
	store->base.counters.requests[req->op]++;
	switch (req->op)
	{
		case NAMI_OP_GET:
		case NAMI_OP_HEAD:
			read_request(store, arena, req, path);
			break;
		case NAMI_OP_LIST:
			read_request(store, arena, req, nami_arena_strdup(arena, path));
			break;
		case NAMI_OP_CREATE:
			write_object(store, req, path, WRITE_CREATE);
			break;
		case NAMI_OP_PUT:
			write_object(store, req, path, WRITE_REPLACE);
			break;
		case NAMI_OP_DELETE:
			delete_object(store, req, path);
			break;
	}
}

static NamiStatus
file_run(NamiStore *base, NamiArena *arena, NamiStoreRequest *reqs, size_t count, NamiError *err)
{
	FileStore  *store = (FileStore *) base;
	NamiStatus	status = NAMI_OK;

	close_descriptors(store);	/* of a call that was unwound */
	for (size_t i = 0; i < count && status == NAMI_OK; i++)
	{
		if (reqs[i].outcome != NAMI_OUTCOME_NONE)
			continue;
		if (nami_store_interrupted(base))
			status = nami_store_cancelled(err);
		else if (nami_store_deadline_passed(base))
			nami_store_request_fail(&reqs[i], NAMI_ERR_CONNECTION_LOST,
									"no time left to use the object store");
		else
		{
			run_request(store, arena, &reqs[i]);
			if (reqs[i].outcome == NAMI_OUTCOME_NONE)
				status = nami_store_cancelled(err);
		}
	}
	close_descriptors(store);
	return status;
}

static void
file_put_background(NamiStore *base, NamiStr key, NamiStr body)
{
	FileStore  *store = (FileStore *) base;
	NamiStoreRequest req = {.op = NAMI_OP_PUT, .key = key, .body = body};
	char		path[NAMI_STORE_MAX_KEY_BYTES + 1];

	close_descriptors(store);
	if (path_of_key(&req, path))
	{
		base->counters.requests[NAMI_OP_PUT]++;
		write_object(store, &req, path, WRITE_REPLACE_UNSYNCED);
	}
	close_descriptors(store);
	if (req.outcome != NAMI_OUTCOME_DONE)
		nami_store_log(base, NAMI_LOG_INFO, "writing %.*s failed: %s", NAMI_STR_ARG(key),
					   req.error.message);
}

static void
file_close(NamiStore *base)
{
	close_descriptors((FileStore *) base);
}

static const NamiStoreDriver file_driver = {file_run, file_put_background, file_close};

NamiStatus
nami_store_open_file(const NamiStoreUri *uri, const NamiStoreOptions *options, const NamiHost *host,
					 const NamiAllocator *allocator, NamiOwner *owner, NamiStore **out,
					 NamiError *err)
{
	NamiArena  *arena = nami_arena_create(allocator, NULL);
	FileStore  *store = NAMI_NEW(arena, FileStore);
	NamiStr		directory = uri->directory;

	/* O_NOFOLLOW looks at the last component; a slash behind it would make it follow a link. */
	while (directory.len > 1 && directory.ptr[directory.len - 1] == '/')
		directory.len--;
	store->directory = (char *) nami_arena_str(arena, directory).ptr;
	store->root_fd = -1;
	store->file_fd = -1;
	nami_store_init(&store->base, &file_driver, arena, uri, host, options->is_read_only, owner);
	*out = &store->base;
	return NAMI_OK;
}
