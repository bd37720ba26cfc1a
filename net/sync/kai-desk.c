/* The desk: opens store, catalogue, profile and base data, and posts messages. */
#include "sync/kai-desk-private.h"
#include "sync/kai-desk-log.h"

#include "backup/kai-restored.h"
#include "messages/kai-net-error.h"
#include "security/kai-revocation.h"
#include "store/kai-audit-log.h"
#include "store/kai-base-data-store.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>
#include <openssl/rand.h>
#include <string.h>

static gboolean
load_tables (KaiDesk *desk, GError **error)
{
  const char *home = desk->connection->home;
  g_autofree char *messages = g_build_filename (home, "messages.tsv", NULL);
  g_autofree char *profile = g_build_filename (home, "site-profile.ini", NULL);
  gboolean own_messages = g_file_test (messages, G_FILE_TEST_EXISTS);
  g_autoptr (GError) local = NULL;

  desk->catalogue = kai_catalogue_load (own_messages ? messages : NULL, &local);
  if (desk->catalogue)
    desk->profile = kai_site_profile_load (profile, &local);
  /* Whichever reader stumbled: to the person it is a file that cannot be read. */
  return !local || kai_data_fail (error, KAI_DATA_ERROR_UNREADABLE, "%s", local->message);
}

static gboolean
load_identity (KaiDesk *desk, GError **error)
{
  g_autofree char *user = NULL;

  if (!desk->key)
    {
      desk->user_code = g_strdup (desk->connection->user);
      desk->unit_code = g_strdup ("");
      return TRUE;
    }
  user = kai_certificate_dup_user (kai_key_get_certificate (desk->key));
  if (*desk->connection->user && g_strcmp0 (user, desk->connection->user) != 0)
    return kai_net_fail (
        error, KAI_NET_ERROR_NO_KEY,
        _ ("The certificate belongs to user %s, not to %s. Choose the key of %s or "
           "sign in as %s."),
        user, desk->connection->user, desk->connection->user, user);
  desk->user_code = g_steal_pointer (&user);
  desk->unit_code = kai_certificate_dup_unit (kai_key_get_certificate (desk->key));
  return TRUE;
}

/* What the site and the kept list of revoked certificates say about signatures. */
static void
prepare_trust (KaiDesk *desk)
{
  const KaiSiteProfile *profile = desk->profile;

  if (desk->key)
    kai_key_set_sm2_names (desk->key, profile->sm2_name, profile->sm3_name);
  kai_trust_set_sm2_names (desk->trust, profile->sm2_name, profile->sm3_name);
  kai_revocation_load (desk->trust, desk->connection->home, g_get_real_time () / G_USEC_PER_SEC);
}

/* A disk that is full or cannot be written to, or another program that writes for long, does not keep anybody from reading what is there. */
static gboolean
is_passing (const GError *failure)
{
  return g_error_matches (failure, KAI_DATA_ERROR, KAI_DATA_ERROR_FULL)
         || g_error_matches (failure, KAI_DATA_ERROR, KAI_DATA_ERROR_READ_ONLY)
         || g_error_matches (failure, KAI_DATA_ERROR, KAI_DATA_ERROR_BUSY);
}

static gboolean
pass_over (GError *failure, GError **error)
{
  if (!is_passing (failure))
    {
      g_propagate_error (error, failure);
      return FALSE;
    }
  g_error_free (failure);
  return TRUE;
}

/* A store that was copied, or an older one that was put back: its numbers may be in use elsewhere. Looked for by those who could give them out. */
static gboolean
check_copy (KaiDesk *desk, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean found;

  if (!desk->key || kai_database_get_read_only (desk->db)
      || kai_restored_check_copy (desk->db, desk->user_code, &found, &local))
    return TRUE;
  if (!is_passing (local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  /* It could not be told apart, or not be written down: it may be read, and no number of it is given out. */
  kai_database_set_read_only (desk->db, local);
  return TRUE;
}

/* Two desks of one unit must differ, also when one store was copied from the other's empty one. */
static gboolean
load_desk_id (KaiDesk *desk, GError **error)
{
  guint8 bytes[8];
  GString *text;

  desk->id = kai_database_dup_setting (desk->db, "desk_id");
  if (!desk->id && kai_database_get_read_only (desk->db))
    desk->id = g_strdup (""); /* none is needed for reading */
  if (desk->id)
    return TRUE;
  if (RAND_bytes (bytes, sizeof bytes) != 1)
    return kai_data_fail (error, KAI_DATA_ERROR_IO, _ ("The system gives no random numbers."));
  text = g_string_new (NULL);
  for (gsize i = 0; i < sizeof bytes; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  desk->id = g_string_free (text, FALSE);
  return kai_database_set_setting (desk->db, "desk_id", desk->id, error);
}

gboolean
kai_desk_reload_base_data (KaiDesk *desk, GError **error)
{
  g_autoptr (KaiBaseData) base = kai_base_data_store_load (desk->db, error);
  const KaiUser *user;

  if (!base)
    return FALSE;
  g_clear_pointer (&desk->base, kai_base_data_free);
  g_clear_pointer (&desk->calendar, kai_calendar_free);
  desk->base = g_steal_pointer (&base);
  desk->calendar = kai_base_data_build_calendar (desk->base);
  user = kai_desk_get_user (desk);
  if (user && !*desk->unit_code)
    {
      g_free (desk->unit_code);
      desk->unit_code = g_strdup (user->unit_code);
    }
  return TRUE;
}

/* Of a long ledger that was not opened for long, the next ones follow: kai_desk_lapse. */
#define LAPSE_AT_START 100

/* The first work of the day. */
static gboolean
begin_day (KaiDesk *desk, GError **error)
{
  GError *local = NULL;

  if (kai_database_get_read_only (desk->db))
    return TRUE;
  if (!kai_desk_sign_log (desk, FALSE, &local) && !pass_over (g_steal_pointer (&local), error))
    return FALSE;
  return kai_desk_lapse (desk, LAPSE_AT_START, &local) >= 0 || pass_over (local, error);
}

KaiDesk *
kai_desk_open (const KaiConnection *connection, KaiKey *key, GError **error)
{
  g_autoptr (KaiDesk) desk = g_new0 (KaiDesk, 1);

  desk->connection = kai_connection_copy (connection);
  desk->key = key ? g_object_ref (key) : NULL;
  desk->db = kai_database_open (connection->home, "kaipiao.db", &kai_store_schema, error);
  if (!desk->db)
    return NULL;
  desk->trust = kai_trust_new ();
  if (*connection->trust_path && !kai_trust_add_file (desk->trust, connection->trust_path, error))
    return NULL;
  if (!load_tables (desk, error) || !load_identity (desk, error) || !check_copy (desk, error)
      || !load_desk_id (desk, error) || !kai_desk_reload_base_data (desk, error))
    return NULL;
  prepare_trust (desk);
  if (!kai_desk_unlock (desk, error) || !begin_day (desk, error))
    return NULL;
  desk->changes = sqlite3_total_changes (kai_database_get_handle (desk->db));
  return g_steal_pointer (&desk);
}

void
kai_desk_close (KaiDesk *desk)
{
  if (!desk)
    return;
  g_clear_pointer (&desk->calendar, kai_calendar_free);
  g_clear_pointer (&desk->base, kai_base_data_free);
  g_clear_pointer (&desk->profile, kai_site_profile_free);
  g_clear_pointer (&desk->catalogue, kai_catalogue_free);
  g_clear_pointer (&desk->trust, kai_trust_unref);
  if (desk->db && desk->key && desk->id)
    kai_restored_leave (desk->db, desk->changes);
  g_clear_pointer (&desk->db, kai_database_close);
  g_clear_object (&desk->key);
  g_clear_pointer (&desk->connection, kai_connection_free);
  g_free (desk->user_code);
  g_free (desk->unit_code);
  g_free (desk->id);
  g_free (desk);
}

KaiDatabase *
kai_desk_get_database (KaiDesk *desk)
{
  return desk->db;
}

const KaiConnection *
kai_desk_get_connection (KaiDesk *desk)
{
  return desk->connection;
}

const KaiBaseData *
kai_desk_get_base_data (KaiDesk *desk)
{
  return desk->base;
}

const KaiSiteProfile *
kai_desk_get_profile (KaiDesk *desk)
{
  return desk->profile;
}

const KaiCatalogue *
kai_desk_get_catalogue (KaiDesk *desk)
{
  return desk->catalogue;
}

KaiKey *
kai_desk_get_key (KaiDesk *desk)
{
  return desk->key;
}

KaiTrust *
kai_desk_get_trust (KaiDesk *desk)
{
  return desk->trust;
}

const char *
kai_desk_get_user_code (KaiDesk *desk)
{
  return desk->user_code;
}

const KaiUser *
kai_desk_get_user (KaiDesk *desk)
{
  return kai_base_data_find_user (desk->base, desk->user_code);
}

const KaiUnit *
kai_desk_get_unit (KaiDesk *desk)
{
  return kai_base_data_find_unit (desk->base, desk->unit_code);
}

gboolean
kai_desk_require_base_data (KaiDesk *desk, GError **error)
{
  if (*desk->base->version && kai_desk_get_unit (desk))
    return TRUE;
  return kai_data_fail (
      error, KAI_DATA_ERROR_NOT_FOUND,
      _ ("There is no base data of your unit here yet (charge items, account). Connect "
         "to the finance server once and refresh the base data."));
}

char *
kai_desk_dup_pay_url (KaiDesk *desk, const KaiNotice *notice)
{
  const char *base = kai_base_data_get_setting (desk->base, "pay_url", "");

  if (!*base || !*notice->payment_code)
    return g_strdup ("");
  return g_strconcat (base, notice->payment_code, NULL);
}

/* ---- messages ---- */

KaiMessage *
kai_desk_new_message (KaiDesk *desk, const char *number)
{
  KaiMessage *message = kai_message_new (number);
  const KaiUnit *unit = kai_desk_get_unit (desk);
  const char *region = unit ? unit->region : "";
  gsize length = strlen (desk->unit_code);
  const char *tail = length > 4 ? desk->unit_code + length - 4 : desk->unit_code;

  /* Before base data the region is the head of the unit code. */
  g_autofree char *guessed = *region ? g_strdup (region) : g_strndup (desk->unit_code, 6);

  g_free (message->app);
  message->app = g_strdup (desk->profile->app);
  g_free (message->version);
  message->version = g_strdup (desk->profile->message_version);
  g_free (message->source);
  message->source = *desk->profile->client_node ? g_strdup (desk->profile->client_node)
                                                : g_strconcat ("K", guessed, tail, NULL);
  g_free (message->destination);
  message->destination = *desk->profile->finance_node ? g_strdup (desk->profile->finance_node)
                                                      : g_strconcat ("F", guessed, NULL);
  g_free (message->id);
  message->id = kai_message_new_id ();
  g_free (message->reference);
  message->reference = g_strdup (message->id);
  g_free (message->work_date);
  message->work_date = kai_day_to_wire (kai_day_today ());
  g_free (message->region);
  message->region = g_steal_pointer (&guessed);
  return message;
}

KaiRecord *
kai_desk_add_voucher (KaiMessage *message)
{
  KaiRecord *record = kai_record_new ();

  g_ptr_array_add (message->vouchers, record);
  return record;
}

static gboolean
post_one (KaiDesk *desk, const KaiMessage *message, const char *batch_id, const gint64 *subjects,
          gsize n, GError **error)
{
  g_autoptr (GBytes) body = kai_message_encode (message, desk->catalogue, FALSE, error);

  if (!body)
    return FALSE;
  return kai_outbox_add (desk->db, message->id, message->number, body, batch_id, subjects, n, error)
         != 0;
}

gboolean
kai_desk_post (KaiDesk *desk, KaiMessage *message, const char *batch_id, const GArray *subjects,
               GError **error)
{
  /* One question a message: a server may answer the found ones of a batch with another message than the rest. */
  gboolean question =
      g_str_equal (message->number, "8997") || g_str_equal (message->number, "8632");
  guint limit = question ? 1 : desk->profile->batch_limit;
  g_autoptr (GPtrArray) all = g_steal_pointer (&message->vouchers);
  gboolean ok = TRUE;

  g_assert (all->len == subjects->len);
  for (guint start = 0; ok && start < all->len; start += limit)
    {
      guint n = MIN (limit, all->len - start);

      message->vouchers = g_ptr_array_new (); /* borrows for the time of encoding */
      for (guint i = start; i < start + n; i++)
        g_ptr_array_add (message->vouchers, all->pdata[i]);
      if (start > 0)
        {
          g_free (message->id);
          message->id = kai_message_new_id ();
          g_free (message->reference);
          message->reference = g_strdup (message->id);
        }
      ok = post_one (desk, message, batch_id, &g_array_index (subjects, gint64, start), n, error);
      g_clear_pointer (&message->vouchers, g_ptr_array_unref);
    }
  message->vouchers = g_ptr_array_new_with_free_func ((GDestroyNotify)kai_record_free);
  return ok;
}

gboolean
kai_desk_audit (KaiDesk *desk, const char *action, const char *kind, const char *subject,
                const char *outcome, GError **error)
{
  g_autofree char *full = g_strconcat (kind, ":", subject, NULL);

  return kai_audit_log_add (desk->db, desk->user_code, action, full, outcome, error);
}
