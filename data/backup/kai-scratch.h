#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A directory of our own (0700) beside the store, for the time of one operation. It goes with everything in it when it is freed; what a killed program left
 * is removed by the next one. */
typedef struct _KaiScratch KaiScratch;

/* DIR/.@purpose-XXXXXX. FULL, READ_ONLY or IO. */
KaiScratch *kai_scratch_new (const char *dir, const char *purpose, GError **error);
const char *kai_scratch_get_path (KaiScratch *scratch);
char *kai_scratch_build (KaiScratch *scratch, const char *name); /* caller frees */
/* Makes sure that everything in it is on the disk, then gives the whole directory the name @path. It is not ours any more. */
gboolean kai_scratch_publish (KaiScratch *scratch, const char *path, GError **error);
void kai_scratch_free (KaiScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiScratch, kai_scratch_free)

G_END_DECLS
