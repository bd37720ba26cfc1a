#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Suggestions below an entry while typing. Up and Down choose, Enter takes, Escape closes; the focus stays in the entry, and nothing of this happens
 * while an input method composes. Signal "taken" (gpointer item: one of those that the look-up gave). */
#define KAI_TYPE_SUGGEST (kai_suggest_get_type ())
G_DECLARE_FINAL_TYPE (KaiSuggest, kai_suggest, KAI, SUGGEST, GtkPopover)

typedef struct
{
  char *title, *detail; /* owned */
  gpointer item;
  GDestroyNotify free_item;
} KaiSuggestion;
KaiSuggestion *kai_suggestion_new (const char *title, const char *detail, gpointer item,
                                   GDestroyNotify free_item);

/* GPtrArray of KaiSuggestion for what is typed; NULL or empty closes the list. Caller takes. */
typedef GPtrArray *(*KaiSuggestFunc) (const char *typed, gpointer data);
GPtrArray *kai_suggestions_new (void);

/* Borrowed: it lives as long as @entry. */
KaiSuggest *kai_suggest_attach (GtkEntry *entry, KaiSuggestFunc func, gpointer data);
/* The one that was attached to @entry; NULL when none. */
KaiSuggest *kai_suggest_of (GtkEntry *entry);
/* What there is to suggest has changed: looks again, if the focus is there. What was being chosen from goes on being shown. */
void kai_suggest_look_again (KaiSuggest *self);
gboolean kai_suggest_is_open (KaiSuggest *self);
void kai_suggest_close (KaiSuggest *self);

G_END_DECLS
