#pragma once

#include "kai-printing.h"
#include "kai-session.h"

G_BEGIN_DECLS

/* A print job with the template it borrows: what a page hands to the window for writing. */
typedef struct _KaiPrintExport KaiPrintExport;

/* @notices: KaiNotice. NULL and @error when there is no template. */
KaiPrintExport *kai_print_export_new_for_notices (KaiSession *session, GPtrArray *notices,
                                                  GError **error);
/* @ebills: KaiEbillRecord with content; those without are left out; INVALID when none is left. */
KaiPrintExport *kai_print_export_new_for_ebills (GPtrArray *ebills, GError **error);
void kai_print_export_free (KaiPrintExport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiPrintExport, kai_print_export_free)
/* "notices-20261121-093000.pdf"; caller frees. */
char *kai_print_export_dup_file_name (KaiPrintExport *self);
/* Writes in a thread; takes @self. */
void kai_print_export_write_async (KaiPrintExport *self, const char *path,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer data);
/* Pages written, -1 on error; @path is set to the file on success and on error, caller frees. */
int kai_print_export_write_finish (GAsyncResult *result, char **path, GError **error);

G_END_DECLS
