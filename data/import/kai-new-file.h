#pragma once

#include <glib.h>

#include <xlsxwriter.h>

G_BEGIN_DECLS

/* A file that is written beside its place and renamed into it when it is complete, so that nobody finds half a file
 * and an older one survives a failure. */
typedef struct
{
  char *path;
  char *temp; /* to write to; 0600 */
} KaiNewFile;

/* Errors: READ_ONLY, FULL, IO. */
KaiNewFile *kai_new_file_begin (const char *path, GError **error);
/* Flushes to disk and renames. */
gboolean kai_new_file_commit (KaiNewFile *file, GError **error);
/* Removes what was not committed. */
void kai_new_file_free (KaiNewFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiNewFile, kai_new_file_free)

/* A libxlsxwriter workbook that is written to @file. @streaming keeps only one row in memory (rows must come in order). */
lxw_workbook *kai_new_file_open_workbook (KaiNewFile *file, gboolean streaming);
/* Writes the workbook (frees it in any case) and commits. */
gboolean kai_new_file_commit_workbook (KaiNewFile *file, lxw_workbook *workbook, GError **error);
/* Sets the error of a failed system call on the file and returns FALSE. */
gboolean kai_new_file_fail (const char *path, int saved_errno, GError **error);

G_END_DECLS
