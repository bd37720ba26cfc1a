#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Exchanging the file of a store for another one, all or nothing. Whoever has the store open holds its lock; the new files lie ready in the directory
 * NAME.new, whose name appears at once: before that the old store counts, after it the new one, and whoever opens the store next finishes what a killed program began. */

/* Shared, or alone when @alone: then BUSY at once when somebody has the store open. Finishes a switch that was begun. Close the descriptor to give it back; -1 on failure. */
int kai_store_lock (const char *dir, const char *name, gboolean alone, GError **error);
/* Shared, where nothing can be written; -1 where that cannot be had either: then nobody else can exchange the file. */
int kai_store_lock_to_read (const char *dir, const char *name);
/* Where the new files are to be put: DIR/NAME.new. Caller frees. In it: "store" (the file itself), "aside" (text: the dated word that the old files get), and any others
 * under their own names. */
char *kai_store_switch_path (const char *dir, const char *name);
/* With the lock held alone. TRUE also when nothing was begun. */
gboolean kai_store_finish_switch (const char *dir, const char *name, GError **error);
/* A word for old files, from the time: "before-20261121-093000". Caller frees. */
char *kai_store_aside_word (const char *why);
/* What the store's file is called when it is put aside: kaipiao-WORD.db of kaipiao.db. Caller frees. */
char *kai_store_aside_name (const char *name, const char *word);
/* The stores that earlier restores put aside, without their directory; caller frees. */
char **kai_store_list_aside (const char *dir, const char *name);
/* Removes the files that earlier restores put aside ("before-…"). */
void kai_store_remove_aside (const char *dir, const char *name);

G_END_DECLS
