#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The PIN of a key: what a new one must be, changing it where it is ours to change, and how many tries are left. */

/* One of those that issuers hand keys out with (spec: Shandong 12345678 and 111111): it must be changed before work begins. */
gboolean kai_pin_is_initial (const char *pin);
/* At least 8 characters with capital, small letter, digit and sign; none of the initial ones; not @old; not with @user (the user code) in it. PIN error with a
 * sentence that says what is missing. */
gboolean kai_pin_check_new (const char *pin, const char *old, const char *user, GError **error);
/* Writes the PKCS#12 file anew with @new (AES-256, SHA-256), everything else in it as it was: first beside it, opened and compared, then put in its
 * place. Whatever happens, the file opens with one of the two. @uri: file:PATH.p12. PIN when @old is wrong or @new breaks a rule; NO_KEY,
 * CERTIFICATE. */
gboolean kai_pin_change (const char *uri, const char *old, const char *new, const char *user,
                         GError **error);

/* ---- Tries ----
 * A file cannot count, so the home does (pin-tries.ini): after some wrong tries each further one has to wait, longer every time. */
#define KAI_PIN_FREE_TRIES 3
typedef struct
{
  int wrong;  /* in a row */
  int left;   /* before the first pause; 0 when each try has one */
  int wait_s; /* seconds until the next try is taken, 0 now */
} KaiPinTries;

/* @now: UTC seconds. What cannot be read counts as no try. */
void kai_pin_tries_load (const char *home, const char *uri, gint64 now, KaiPinTries *out);
/* One more wrong try. */
void kai_pin_tries_add (const char *home, const char *uri, gint64 now, KaiPinTries *out);
void kai_pin_tries_clear (const char *home, const char *uri);
/* What to show before the next try, "" as long as nothing was wrong. Caller frees. */
char *kai_pin_tries_describe (const KaiPinTries *tries);
/* PIN error while the next try has to wait. */
gboolean kai_pin_tries_check (const KaiPinTries *tries, GError **error);

G_END_DECLS
