/* Who may open the store: the data key is wrapped for the certificate of each user of the unit. The first user of a store makes the key; whoever can open it wraps it for
 * the others whose certificates are believed, and takes it from those who have left. */
#include "sync/kai-desk-private.h"

#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "security/kai-key-wrap.h"
#include "security/kai-signature-value.h"
#include "store/kai-vault-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_CERTIFICATE (64 * 1024)

static gint64
now_seconds (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static GBytes *
certificate_der (X509 *certificate)
{
  unsigned char *der = NULL;
  int length = i2d_X509 (certificate, &der);
  GBytes *bytes = g_bytes_new (der, length > 0 ? (gsize)length : 0);

  OPENSSL_free (der);
  return bytes;
}

static gboolean
audit_user (KaiDesk *desk, const char *action, const char *user, const char *outcome,
            GError **error)
{
  return kai_desk_audit (desk, action, "user", user, outcome, error);
}

/* ---- the sentence of a locked store ---- */

static char *
list_users (GPtrArray *wraps)
{
  g_autoptr (GPtrArray) codes = g_ptr_array_new ();

  for (guint i = 0; i < wraps->len; i++)
    {
      const KaiVaultWrap *wrap = g_ptr_array_index (wraps, i);

      if (!g_ptr_array_find_with_equal_func (codes, wrap->user, g_str_equal, NULL))
        g_ptr_array_add (codes, wrap->user);
    }
  g_ptr_array_add (codes, NULL);
  return g_strjoinv (", ", (char **)codes->pdata);
}

static void
set_lock_sentence (KaiDatabase *db, gboolean has_key, GPtrArray *wraps)
{
  g_autofree char *users = list_users (wraps);
  g_autofree char *sentence = NULL;

  if (wraps->len == 0)
    sentence = g_strdup (_ ("The personal data in this store is encrypted, and no key was given. "
                            "Sign in with your key and its PIN."));
  else if (!has_key)
    sentence = g_strdup_printf (_ ("The personal data in this store is encrypted, and no key was "
                                   "given. Users who may open it: %s. Sign in with the key and "
                                   "PIN of one of them."),
                                users);
  else
    sentence = g_strdup_printf (
        _ ("The personal data in this store is encrypted, and your certificate may not open it "
           "yet. Users who may: %s. Let one of them sign in here, connect to the finance server "
           "once if you are new, and then sign in again."),
        users);
  kai_database_set_lock_sentence (db, sentence);
}

gboolean
kai_desk_describe_lock (KaiDatabase *db, GError **error)
{
  g_autoptr (GPtrArray) wraps = kai_vault_store_list_wraps (db, error);

  if (!wraps)
    return FALSE;
  set_lock_sentence (db, FALSE, wraps);
  return TRUE;
}

/* ---- wrapping for others ---- */

typedef struct
{
  KaiDesk *desk;
  GHashTable *known; /* certificates with a wrap */
} Admission;

/* A user of this unit, by the base data and by the certificate, which is believed. */
static gboolean
may_open (KaiDesk *desk, X509 *certificate, char **user_code)
{
  g_autofree char *code = kai_certificate_dup_user (certificate);
  g_autofree char *unit = kai_certificate_dup_unit (certificate);
  const KaiUser *user = *code ? kai_base_data_find_user (desk->base, code) : NULL;
  g_autoptr (GError) local = NULL;

  if (!user || !*desk->unit_code || !g_str_equal (user->unit_code, desk->unit_code)
      || !g_str_equal (unit, desk->unit_code)
      || !kai_trust_check (desk->trust, certificate, now_seconds (), &local))
    return FALSE;
  *user_code = g_steal_pointer (&code);
  return TRUE;
}

/* Nobody is let in who may not; that is no error. */
static gboolean
admit_one (Admission *admission, const void *der, gsize length, GError **error)
{
  KaiDesk *desk = admission->desk;
  g_autoptr (X509) certificate =
      length <= MAX_CERTIFICATE ? kai_certificate_from_der (der, length) : NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (der, length);
  g_autofree char *name = kai_vault_store_name_certificate (bytes);
  g_autofree char *user = NULL;
  g_autoptr (GBytes) wrapped = NULL;

  if (!certificate || g_hash_table_contains (admission->known, name)
      || !may_open (desk, certificate, &user))
    return TRUE;
  wrapped = kai_key_wrap (certificate, kai_vault_get_key (kai_database_get_vault (desk->db)), NULL);
  if (!wrapped)
    return TRUE;
  g_hash_table_add (admission->known, g_steal_pointer (&name));
  return kai_vault_store_put_wrap (desk->db, user, desk->unit_code, bytes, wrapped, error)
         && audit_user (desk, "vault.admit", user, "admitted", error);
}

static gboolean
admit_all (Admission *admission, GError **error)
{
  KaiDesk *desk = admission->desk;
  GPtrArray *certificates = desk->base->certificates;
  g_autoptr (GPtrArray) applicants = kai_vault_store_list_applicants (desk->db, error);

  if (!applicants)
    return FALSE;
  for (guint i = 0; i < certificates->len; i++)
    {
      const KaiUserCertificate *certificate = g_ptr_array_index (certificates, i);
      g_autoptr (GBytes) der = kai_base64_decode (certificate->content, MAX_CERTIFICATE);

      if (der
          && !admit_one (admission, g_bytes_get_data (der, NULL), g_bytes_get_size (der), error))
        return FALSE;
    }
  for (guint i = 0; i < applicants->len; i++)
    {
      const KaiVaultWrap *applicant = g_ptr_array_index (applicants, i);

      if (!admit_one (admission, g_bytes_get_data (applicant->der, NULL),
                      g_bytes_get_size (applicant->der), error))
        return FALSE;
    }
  return TRUE;
}

static GHashTable *
index_wraps (GPtrArray *wraps)
{
  GHashTable *known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < wraps->len; i++)
    g_hash_table_add (known,
                      g_strdup (((const KaiVaultWrap *)g_ptr_array_index (wraps, i))->certificate));
  return known;
}

static gboolean
admit (KaiDesk *desk, GError **error)
{
  g_autoptr (GPtrArray) wraps = kai_vault_store_list_wraps (desk->db, error);
  g_autoptr (GHashTable) known = wraps ? index_wraps (wraps) : NULL;
  Admission admission = { desk, known };

  return wraps && admit_all (&admission, error);
}

/* ---- taking it from those who may not any more ---- */

/* Is one of @user's other certificates, which has a wrap, in the base data, while this one is not? */
static gboolean
was_replaced (KaiDesk *desk, const KaiVaultWrap *wrap, GHashTable *known)
{
  gboolean has_newer = FALSE;

  for (guint i = 0; i < desk->base->certificates->len; i++)
    {
      const KaiUserCertificate *listed = g_ptr_array_index (desk->base->certificates, i);
      g_autoptr (GBytes) der = NULL;
      g_autofree char *name = NULL;

      if (!g_str_equal (listed->user_code, wrap->user))
        continue;
      der = kai_base64_decode (listed->content, MAX_CERTIFICATE);
      name = der ? kai_vault_store_name_certificate (der) : g_strdup ("");
      if (g_str_equal (name, wrap->certificate))
        return FALSE;
      has_newer |= g_hash_table_contains (known, name);
    }
  return has_newer;
}

/* Why this certificate may not open the store any more; NULL when it may. */
static const char *
reason_to_remove (KaiDesk *desk, const KaiVaultWrap *wrap, GHashTable *known)
{
  g_autoptr (X509) certificate =
      kai_certificate_from_der (g_bytes_get_data (wrap->der, NULL), g_bytes_get_size (wrap->der));
  const KaiUser *user = kai_base_data_find_user (desk->base, wrap->user);
  g_autoptr (GError) local = NULL;

  if (!certificate || !user || !g_str_equal (user->unit_code, desk->unit_code))
    return "left";
  if (kai_certificate_get_not_after (certificate) < now_seconds ())
    return "expired";
  if (was_replaced (desk, wrap, known))
    return "replaced";
  /* Other doubts, such as a list that is out of date, are about this computer and not about the user. */
  if (!kai_trust_check (desk->trust, certificate, now_seconds (), &local)
      && g_strcmp0 (kai_net_error_get_code (local), kai_result_code_by_symbol ("revoked")->code)
             == 0)
    return "revoked";
  return NULL;
}

/* The own one stays, so that somebody is left who can open the store. */
static gboolean
remove_old (KaiDesk *desk, GError **error)
{
  g_autoptr (GPtrArray) wraps = kai_vault_store_list_wraps (desk->db, error);
  g_autoptr (GBytes) own = certificate_der (kai_key_get_certificate (desk->key));
  g_autofree char *own_name = kai_vault_store_name_certificate (own);
  g_autoptr (GHashTable) known = wraps ? index_wraps (wraps) : NULL;

  for (guint i = 0; wraps && i < wraps->len; i++)
    {
      const KaiVaultWrap *wrap = g_ptr_array_index (wraps, i);
      const char *reason =
          g_str_equal (wrap->certificate, own_name) ? NULL : reason_to_remove (desk, wrap, known);

      if (reason
          && !(kai_vault_store_remove_wrap (desk->db, wrap->certificate, error)
               && audit_user (desk, "vault.remove", wrap->user, reason, error)))
        return FALSE;
    }
  return wraps != NULL;
}

/* Runs @work in a transaction of its own. */
static gboolean
in_transaction (KaiDesk *desk, gboolean (*work) (KaiDesk *desk, GError **error), GError **error)
{
  if (!kai_database_begin (desk->db, error))
    return FALSE;
  if (work (desk, error))
    return kai_database_commit (desk->db, error);
  kai_database_rollback (desk->db);
  return FALSE;
}

static gboolean
share (KaiDesk *desk, GError **error)
{
  return admit (desk, error) && remove_old (desk, error);
}

gboolean
kai_desk_share_vault (KaiDesk *desk, GError **error)
{
  return kai_desk_is_locked (desk) || in_transaction (desk, share, error);
}

/* TRUE when the store could be opened for somebody who cannot yet, and nothing more is known of them here. */
gboolean
kai_desk_misses_users (KaiDesk *desk)
{
  g_autoptr (GPtrArray) wraps =
      kai_desk_is_locked (desk) ? NULL : kai_vault_store_list_wraps (desk->db, NULL);

  for (guint i = 0; wraps && i < desk->base->users->len; i++)
    {
      const KaiUser *user = g_ptr_array_index (desk->base->users, i);
      gboolean has_wrap = !g_str_equal (user->unit_code, desk->unit_code);

      for (guint k = 0; k < wraps->len && !has_wrap; k++)
        has_wrap = g_str_equal (((KaiVaultWrap *)g_ptr_array_index (wraps, k))->user, user->code);
      if (!has_wrap)
        return TRUE;
    }
  return FALSE;
}

gboolean
kai_desk_log_full_view (KaiDesk *desk, const char *payment_code, GError **error)
{
  return kai_database_require_vault (desk->db, error)
         && kai_desk_audit (desk, "notice.view", "notice", payment_code, "in full", error);
}

/* ---- opening ---- */

static gboolean
set_key (KaiDesk *desk, GBytes *key, GError **error)
{
  g_autoptr (KaiVault) vault = kai_vault_new (key);

  kai_database_set_vault (desk->db, vault);
  if (kai_vault_store_check_key (desk->db, error) && kai_vault_store_seal_old (desk->db, error))
    return TRUE;
  kai_database_set_vault (desk->db, NULL);
  return FALSE;
}

/* A store with notices of one unit is not taken over by a user of another. */
static gboolean
check_first_user (KaiDesk *desk, GError **error)
{
  g_autofree char *unit = kai_database_dup_text (
      desk->db, error, "SELECT unit_code FROM notice ORDER BY id DESC LIMIT 1", NULL);

  if (!unit || g_str_equal (unit, desk->unit_code))
    return TRUE;
  return kai_data_fail (error, KAI_DATA_ERROR_NOT_ALLOWED,
                        _ ("The notices in this store belong to unit %s, and your certificate to "
                           "another. Sign in with the key of a user of %s."),
                        unit, unit);
}

/* The first user of a store: makes its key. Another program may be faster. */
static gboolean
make_key (KaiDesk *desk, GBytes *der, GBytes **key, GError **error)
{
  g_autoptr (GBytes) made = kai_vault_make_key ();
  g_autoptr (GBytes) wrapped = NULL;
  g_autoptr (GPtrArray) wraps = NULL;
  gboolean ok;

  wrapped = kai_key_wrap (kai_key_get_certificate (desk->key), made, error);
  if (!wrapped || !check_first_user (desk, error) || !kai_database_begin (desk->db, error))
    return FALSE;
  wraps = kai_vault_store_list_wraps (desk->db, error);
  ok = wraps != NULL;
  if (ok && wraps->len == 0)
    {
      ok =
          kai_vault_store_put_wrap (desk->db, desk->user_code, desk->unit_code, der, wrapped, error)
          && audit_user (desk, "vault.create", desk->user_code, "created", error);
      *key = g_bytes_ref (made);
    }
  if (ok && kai_database_commit (desk->db, error))
    return TRUE;
  if (!ok)
    kai_database_rollback (desk->db);
  g_clear_pointer (key, g_bytes_unref);
  return FALSE;
}

/* The wrap of this certificate, opened. FALSE when there is one that is damaged, or on errors of the store; *key NULL when there is none. */
static gboolean
find_key (KaiDesk *desk, GBytes *der, GBytes **key, GError **error)
{
  g_autofree char *name = kai_vault_store_name_certificate (der);
  g_autoptr (GError) local = NULL;
  g_autoptr (KaiVaultWrap) wrap = kai_vault_store_find_wrap (desk->db, name, &local);

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  /* A damaged one counts as none: somebody else lets this user in again. */
  *key = wrap ? kai_key_unwrap (desk->key, wrap->wrapped, NULL) : NULL;
  return TRUE;
}

/* A full disk puts it off. */
static gboolean
let_others_in (KaiDesk *desk, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (in_transaction (desk, admit, &local)
      || g_error_matches (local, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

gboolean
kai_desk_unlock (KaiDesk *desk, GError **error)
{
  g_autoptr (GPtrArray) wraps = kai_vault_store_list_wraps (desk->db, error);
  g_autoptr (GBytes) der = NULL;
  g_autoptr (GBytes) key = NULL;
  /* Then nobody is let in, and nobody noted who wants to be. */
  gboolean reading = kai_database_get_read_only (desk->db) != NULL;

  if (!wraps)
    return FALSE;
  if (desk->key)
    {
      der = certificate_der (kai_key_get_certificate (desk->key));
      if (!find_key (desk, der, &key, error)
          || (wraps->len == 0 && !reading && !make_key (desk, der, &key, error)))
        return FALSE;
      if (!key && wraps->len == 0 && !reading)
        /* Another program made it just now, perhaps for this very certificate. */
        return kai_desk_unlock (desk, error);
    }
  if (key)
    return set_key (desk, key, error) && (reading || let_others_in (desk, error));
  set_lock_sentence (desk->db, desk->key != NULL, wraps);
  return !desk->key || reading || kai_vault_store_add_applicant (desk->db, der, error);
}

gboolean
kai_desk_is_locked (KaiDesk *desk)
{
  return kai_database_get_vault (desk->db) == NULL;
}

const char *
kai_desk_get_lock_sentence (KaiDesk *desk)
{
  return kai_database_get_lock_sentence (desk->db);
}
