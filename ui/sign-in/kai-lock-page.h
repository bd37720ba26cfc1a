#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* In front of everything while the window is locked; what is behind it stays as it was. It watches the key and the clerk: a key file that goes away
 * (a stick that is pulled) locks at once and ends sending, and nobody touching the window for a while locks, too. Signals: "lock" (const char *reason), "unlocked",
 * "sign-out". */
#define KAI_TYPE_LOCK_PAGE (kai_lock_page_get_type ())
G_DECLARE_FINAL_TYPE (KaiLockPage, kai_lock_page, KAI, LOCK_PAGE, GtkBox)

/* NULL ends the watching. */
void kai_lock_page_set_session (KaiLockPage *self, KaiSession *session);
/* Seconds without a key or a click until it locks; 0 never. */
void kai_lock_page_set_idle (KaiLockPage *self, guint seconds);
/* Locks when nobody was there for so long at @now (monotonic microseconds). The page asks every second; tests ask with a time of their own. */
void kai_lock_page_check_idle (KaiLockPage *self, gint64 now);
/* The key was taken out, and nobody has unlocked the window since. */
gboolean kai_lock_page_is_key_away (KaiLockPage *self);
/* Somebody is there. */
void kai_lock_page_touch (KaiLockPage *self);
/* Without a key there is nothing to unlock with. */
gboolean kai_lock_page_can_lock (KaiLockPage *self);
/* To be called when the page comes into view. */
void kai_lock_page_begin (KaiLockPage *self, const char *reason);

G_END_DECLS
