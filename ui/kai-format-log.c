/* The log in words: what was done, to what, and how it went. The words of the store are for programs; every one that the program writes stands here
 * (a test goes over them), and numbers and codes are kept as they are. */
#include "kai-format.h"

#include "store/kai-stock.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct
{
  const char *key;
  const char *text;
} Word;

/* NULL for one that is not among them. */
static const char *
find_word (const Word *words, gsize n, const char *key)
{
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (words[i].key, key))
      return _ (words[i].text);
  return NULL;
}

const char *
kai_format_action_name (const char *action)
{
  static const Word words[] = {
    { "notice.issue", N_ ("Issued") },
    { "notice.number", N_ ("Payment code given") },
    { "notice.answer", N_ ("Answer of the server") },
    { "notice.payment", N_ ("Payment") },
    { "notice.void", N_ ("Voided") },
    { "notice.undo-void", N_ ("Voiding undone") },
    { "notice.correct", N_ ("Corrected after a refusal") },
    { "notice.give-up", N_ ("Given up after a refusal") },
    { "notice.lapse", N_ ("Lapsed") },
    { "notice.revive", N_ ("Not lapsed after all") },
    { "notice.remind", N_ ("Payer reminded") },
    { "notice.recover", N_ ("Taken over from the server after a restore") },
    { "notice.export", N_ ("Written into a table") },
    { "notice.view", N_ ("Personal data printed") },
    { "notice.show-personal", N_ ("Personal data shown") },
    { "ebill.request", N_ ("Swap asked for") },
    { "ebill.sign", N_ ("E-bill signed") },
    { "ebill.answer", N_ ("Answer about the e-bill") },
    { "ebill.file", N_ ("File of the e-bill") },
    { "ebill.recover", N_ ("E-bill taken over from the server after a restore") },
    { "payer.show", N_ ("Personal data of a payer shown") },
    { "review.submit", N_ ("Handed to the reviewer") },
    { "review.approve", N_ ("Approved by the reviewer") },
    { "review.send-back", N_ ("Sent back by the reviewer") },
    { "review.withdraw", N_ ("Taken back from the reviewer") },
    { "stock.receive", N_ ("Bills taken in") },
    { "stock.distribute", N_ ("Bills handed out") },
    { "stock.use", N_ ("Bills used") },
    { "stock.void", N_ ("Bills voided") },
    { "stock.return", N_ ("Bills returned") },
    { "stock.write-off", N_ ("Bills written off") },
    { "stock.answer", N_ ("Answer about the bills") },
    { "lease.add", N_ ("Payment codes received") },
    { "queue.send", N_ ("Message sent first") },
    { "queue.hold", N_ ("Message held back") },
    { "queue.release", N_ ("Message no longer held back") },
    { "queue.resolve", N_ ("Decision about a message") },
    { "sync.pause", N_ ("Sending paused") },
    { "sync.resume", N_ ("Sending goes on") },
    { "security.refused", N_ ("Answer not trusted") },
    { "store.backup", N_ ("Backup written") },
    { "store.restore", N_ ("Backup restored") },
    { "store.repair", N_ ("Store repaired") },
    { "store.recover", N_ ("Asked the server after a restore") },
    { "vault.create", N_ ("Personal data locked with keys") },
    { "vault.admit", N_ ("Key admitted to personal data") },
    { "vault.remove", N_ ("Key no longer admitted to personal data") },
    { "inspector.show-personal", N_ ("Personal data in messages") },
  };
  const char *word = find_word (words, G_N_ELEMENTS (words), action);

  return word ? word : action;
}

char *
kai_format_outcome (const char *outcome)
{
  static const Word words[] = {
    { "ok", N_ ("done") },
    { "done", N_ ("done") },
    { "queued", N_ ("to be sent") },
    { "accepted", N_ ("accepted") },
    { "refused", N_ ("refused") },
    { "unknown", N_ ("not known yet") },
    { "paid", N_ ("paid") },
    { "unpaid", N_ ("unpaid") },
    { "void", N_ ("void") },
    { "lapsed", N_ ("lapsed") },
    { "kept", N_ ("kept") },
    { "draft", N_ ("kept as draft") },
    { "waiting", N_ ("waits") },
    { "sent-back", N_ ("sent back") },
    { "withdrawn", N_ ("taken back") },
    { "amount differs", N_ ("amount differs") },
    { "in full", N_ ("in full") },
    { "on", N_ ("shown") },
    { "off", N_ ("hidden again") },
    { "sms", N_ ("by text message") },
    { "paper", N_ ("on paper") },
    { "phone", N_ ("by telephone") },
    { "ask", N_ ("asked again") },
    { "send again", N_ ("sent again") },
    { "give up", N_ ("given up") },
    { "not told", N_ ("the server does not tell") },
    { "no file", N_ ("without its file") },
    { "salvaged", N_ ("saved what could be read") },
    { "created", N_ ("made") },
    { "admitted", N_ ("admitted") },
    { "left", N_ ("no longer of this unit") },
    { "expired", N_ ("expired") },
    { "replaced", N_ ("replaced by a newer one") },
    { "revoked", N_ ("revoked") },
  };
  const char *word = find_word (words, G_N_ELEMENTS (words), outcome);

  /* Numbers, and result codes of the server. */
  return g_strdup (word ? word : outcome);
}

/* "8994/…": what the message is for, and its number. */
static char *
format_message (const char *number)
{
  g_auto (GStrv) parts = g_strsplit (number, "/", 2);
  const char *name = parts[0] ? kai_format_message_name (parts[0]) : "";

  if (!parts[0] || g_str_equal (name, parts[0]))
    return g_strdup_printf (_ ("Message %s"), number);
  return g_strdup_printf (_ ("Message “%s” %s"), name, number);
}

char *
kai_format_subject (const char *subject)
{
  static const Word kinds[] = {
    { "notice", N_ ("Notice") },
    { "ebill", N_ ("E-bill") },
    { "review", N_ ("Check of a notice") },
    { "movement", N_ ("Movement of bills") },
    { "stock", N_ ("Bills") },
    { "lease", N_ ("Payment codes from") },
    { "user", N_ ("User") },
    { "payer", N_ ("Payer") },
    { "backup", N_ ("Backup of") },
    { "copy", N_ ("Copy of the store of") },
    { "leases", N_ ("Payment codes") },
    { "ebills", N_ ("E-bills") },
    { "table", N_ ("Table of notices") },
    { "messages", N_ ("Messages") },
    { "store", N_ ("Store") },
  };
  const char *colon = strchr (subject, ':');
  g_autofree char *kind =
      colon ? g_strndup (subject, (gsize)(colon - subject)) : g_strdup (subject);
  const char *word = find_word (kinds, G_N_ELEMENTS (kinds), kind);
  const char *number = colon ? colon + 1 : "";

  if (g_str_equal (subject, "notice:draft"))
    return g_strdup (_ ("Notice without a payment code"));
  if (g_str_equal (kind, "message") && *number)
    return format_message (number);
  if (!word)
    return g_strdup (subject);
  /* The store's only file says nothing to anybody. */
  if (*number == '\0' || g_str_equal (kind, "store"))
    return g_strdup (word);
  return g_strdup_printf ("%s %s", word, number);
}
