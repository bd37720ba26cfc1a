#pragma once

#include "kai-printing.h"
#include "kai-session.h"
#include "widgets/kai-task.h"

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
/* Writes in a thread; takes @self. The task is finished with a sentence about the file; nothing is left of one that was cancelled. Caller unrefs. */
KaiTask *kai_print_export_write (KaiPrintExport *self, const char *path);

G_END_DECLS
