#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Files that must be on the disk before anything else happens. */

/* Sets @error from errno of a failed write: FULL, READ_ONLY or IO, with @path. Returns FALSE. */
gboolean kai_files_fail (GError **error, const char *path, int saved_errno);
/* Makes sure that a file or directory is on the disk. 0 or errno. */
int kai_files_sync (const char *path);
/* The same for a directory with everything in it. */
int kai_files_sync_tree (const char *path);
/* Removes a file, or a directory with everything in it; links are removed, not followed. */
void kai_files_remove_tree (const char *path);
/* Gives the finished file @temporary (synced here) the name @path, never over another file. CONFLICT when there is one. */
gboolean kai_files_publish (const char *temporary, const char *path, GError **error);

G_END_DECLS
