/* Who the payer is: looked up while typing, what they had last year, what they have already; and a pasted row of a table. */
#include "editor/kai-editor-private.h"
#include "kai-format.h"
#include "model/kai-lookup.h"
#include "search/kai-search.h"
#include "store/kai-claim-store.h"
#include "store/kai-notice-store.h"
#include "values/kai-codes.h"
#include "values/kai-text.h"
#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_SUGGESTIONS 12
#define MAX_EARLIER 40
#define HALF_A_YEAR 182
#define MAX_CELLS 40

static KaiDatabase *
get_db (KaiEditorPage *self)
{
  return kai_session_get_database (self->session);
}

/* ---- Look-up ---- */

static char *
describe_payer (const KaiPayer *payer)
{
  g_autofree char *id = kai_mask_id (payer->id_number);
  g_autofree char *mobile = kai_mask_mobile (payer->mobile);
  g_autoptr (GString) text = g_string_new (NULL);

  if (payer->kind == KAI_PAYER_ORGANISATION)
    g_string_append (text, _ ("organisation"));
  if (*id)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "  " : "", id);
  if (*mobile)
    g_string_append_printf (text, "%s%s", text->len > 0 ? "  " : "", mobile);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
make_key (const KaiPayer *payer)
{
  return g_strdup_printf ("%s\n%s\n%s", payer->name, payer->id_number, payer->mobile);
}

static void
add_payer (GPtrArray *suggestions, GHashTable *seen, const KaiPayer *payer)
{
  g_autofree char *detail = describe_payer (payer);

  if (suggestions->len < MAX_SUGGESTIONS && g_hash_table_add (seen, make_key (payer)))
    g_ptr_array_add (suggestions, kai_suggestion_new (payer->name, detail, kai_payer_copy (payer),
                                                      (GDestroyNotify)kai_payer_free));
}

/* Payers of notices that were issued before there was an address book, or by an import. */
static void
add_earlier (KaiEditorPage *self, GPtrArray *suggestions, GHashTable *seen, const char *typed)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GPtrArray) notices = NULL;

  filter.text = typed;
  filter.limit = MAX_EARLIER;
  notices = kai_notice_store_list (get_db (self), &filter, NULL);
  for (guint i = 0; notices && i < notices->len; i++)
    {
      g_autoptr (KaiPayer) payer = kai_payer_new_for_notice (notices->pdata[i]);

      if (*payer->name && kai_payer_matches (payer, typed))
        add_payer (suggestions, seen, payer);
    }
}

static GPtrArray *
suggest_payers (KaiEditorPage *self, const char *typed)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *clean = kai_text_normalise_name (typed);
  g_autoptr (GPtrArray) payers = NULL;
  GPtrArray *suggestions;

  if (!self->session || self->filling || !*clean || !kai_database_get_vault (get_db (self)))
    return NULL;
  suggestions = kai_suggestions_new ();
  payers = kai_payer_store_list (get_db (self), clean, MAX_SUGGESTIONS, NULL);
  for (guint i = 0; payers && i < payers->len; i++)
    add_payer (suggestions, seen, payers->pdata[i]);
  if (suggestions->len < MAX_SUGGESTIONS)
    add_earlier (self, suggestions, seen, clean);
  return suggestions;
}

static GPtrArray *
suggest_cb (const char *typed, gpointer data)
{
  return suggest_payers (KAI_EDITOR_PAGE (data), typed);
}

/* A number is looked for from four characters on: fewer fit everybody. */
static GPtrArray *
suggest_by_number_cb (const char *typed, gpointer data)
{
  return g_utf8_strlen (typed, -1) < 4 ? NULL : suggest_payers (KAI_EDITOR_PAGE (data), typed);
}

static void
on_payer_taken_cb (KaiEditorPage *self, gpointer item)
{
  const KaiPayer *payer = item;

  self->filling = TRUE;
  gtk_toggle_button_set_active (
      payer->kind == KAI_PAYER_ORGANISATION ? self->organisation_radio : self->person_radio, TRUE);
  gtk_entry_set_text (self->payer_entry, payer->name);
  gtk_entry_set_text (self->id_entry, payer->id_number);
  gtk_entry_set_text (self->mobile_entry, payer->mobile);
  self->filling = FALSE;
  kai_editor_form_kind_changed (self);
  kai_editor_payer_check_duplicate (self);
  kai_editor_form_update (self, FALSE);
  kai_editor_drafts_touch (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->late_fee_entry));
}

/* ---- Earlier notices of the payer ---- */

static gboolean
is_same_payer (const KaiNotice *one, const KaiNotice *other)
{
  if (*one->payer_id && *other->payer_id)
    return g_str_equal (one->payer_id, other->payer_id);
  return g_str_equal (one->payer_name, other->payer_name)
         && (!*one->mobile || !*other->mobile || g_str_equal (one->mobile, other->mobile));
}

/* Newest first; empty when nothing says who the payer is. */
static GPtrArray *
list_earlier (KaiEditorPage *self, const KaiNotice *notice)
{
  KaiNoticeFilter filter = KAI_NOTICE_FILTER_ALL;
  g_autoptr (GPtrArray) found = NULL;
  GPtrArray *earlier = kai_notices_new ();

  filter.text = *notice->payer_id ? notice->payer_id : notice->payer_name;
  if (!self->session || !*filter.text || !kai_database_get_vault (get_db (self)))
    return earlier;
  found = kai_notice_store_list (get_db (self), &filter, NULL);
  for (guint i = 0; found && i < found->len; i++)
    if (is_same_payer (notice, found->pdata[i]))
      g_ptr_array_add (earlier, kai_notice_ref (found->pdata[i]));
  return earlier;
}

static int
days_between (KaiDay a, KaiDay b)
{
  g_autoptr (GDate) one =
      g_date_new_dmy ((GDateDay)(a % 100), (GDateMonth)(a / 100 % 100), (GDateYear)(a / 10000));
  g_autoptr (GDate) other =
      g_date_new_dmy ((GDateDay)(b % 100), (GDateMonth)(b / 100 % 100), (GDateYear)(b / 10000));

  return g_date_days_between (one, other);
}

static gboolean
counts (const KaiNotice *notice)
{
  return (notice->state == KAI_NOTICE_UNPAID || notice->state == KAI_NOTICE_PAID)
         && notice->sync != KAI_SYNC_REFUSED;
}

/* Where a notice has no term, half a year is one. */
static gboolean
is_of_this_term (const KaiNotice *notice, const KaiClaim *claim)
{
  g_autofree char *term = kai_lookup_fold (notice->term);

  return *term || days_between (claim->bill_date, kai_day_today ()) < HALF_A_YEAR;
}

/* Caller frees; NULL when none of @claims (NULL: none) is meant. */
static char *
describe_claim (KaiEditorPage *self, const KaiNotice *notice, guint index, GPtrArray *claims)
{
  const KaiNoticeItem *item = notice->items->pdata[index];

  for (guint i = 0; claims && i < claims->len; i++)
    {
      const KaiClaim *claim = claims->pdata[i];
      g_autofree char *day = kai_day_to_iso (claim->bill_date);
      g_autofree char *amount = kai_money_to_display (claim->amount);

      if (claim->id != self->notice_id && is_of_this_term (notice, claim))
        return g_strdup_printf (
            _ ("This payer has a notice for %s of %s already: ¥ %s, %s, %s. Is another one meant?"),
            kai_format_item (kai_session_get_base_data (self->session), item->code), day, amount,
            kai_notice_state_label (claim->state),
            *claim->payment_code ? claim->payment_code : _ ("no payment code yet"));
    }
  return NULL;
}

/* As the import of lists asks it: by what tells the payer, then by the mobile number alone, because an earlier notice may be without the identity
 * number, then by the name alone among those that the server told of after a restore. */
static char *
find_duplicate (KaiEditorPage *self, const KaiNotice *notice, guint index)
{
  g_autoptr (KaiNotice) plain = kai_notice_copy (notice);
  g_autoptr (GPtrArray) claims = kai_claim_store_find (get_db (self), notice, index, NULL);
  g_autoptr (GPtrArray) by_mobile = NULL;
  g_autoptr (GPtrArray) by_name = NULL;
  char *found = describe_claim (self, notice, index, claims);

  kai_notice_set (&plain->payer_id, "");
  if (!found && *notice->payer_id && *notice->mobile)
    {
      by_mobile = kai_claim_store_find (get_db (self), plain, index, NULL);
      found = describe_claim (self, notice, index, by_mobile);
    }
  if (!found && *notice->payer_name)
    {
      by_name = kai_claim_store_find_by_name (get_db (self), notice, index, NULL);
      found = describe_claim (self, notice, index, by_name);
    }
  return found;
}

void
kai_editor_payer_check_duplicate (KaiEditorPage *self)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (KaiNotice) notice = NULL;

  g_clear_pointer (&self->duplicate, g_free);
  if (!self->session || self->filling || !kai_database_get_vault (get_db (self)))
    return;
  notice = kai_editor_form_read (self, problems);
  /* Of a store from before there were claims; nothing is left to do after the first time. */
  if (!kai_claim_store_catch_up (get_db (self), NULL))
    return;
  for (guint i = 0; i < notice->items->len && !self->duplicate; i++)
    if (*((KaiNoticeItem *)notice->items->pdata[i])->code)
      self->duplicate = find_duplicate (self, notice, i);
}

/* The one whose day is nearest to this day of last year; younger ones only when there is no other. */
static const KaiNotice *
find_last_year (GPtrArray *earlier)
{
  KaiDay wanted = kai_day_today () - 10000;
  const KaiNotice *best = NULL;
  int distance = G_MAXINT;

  /* 29 February. */
  if (wanted % 10000 == 229)
    wanted--;
  for (guint i = 0; i < earlier->len; i++)
    {
      const KaiNotice *notice = earlier->pdata[i];
      int away = ABS (days_between (wanted, notice->bill_date));

      if (counts (notice) && away < distance)
        {
          distance = away;
          best = notice;
        }
    }
  return best;
}

void
kai_editor_copy_last_year (KaiEditorPage *self)
{
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (KaiNotice) notice = kai_editor_form_read (self, problems);
  g_autoptr (GPtrArray) earlier = list_earlier (self, notice);
  g_autoptr (KaiForm) form = NULL;
  g_autoptr (KaiForm) old = NULL;
  g_autofree char *day = NULL;
  g_autofree char *text = NULL;
  const KaiNotice *found = find_last_year (earlier);

  if (!found)
    {
      kai_editor_say (self, *notice->payer_name
                                ? _ ("There is no earlier notice of this payer here.")
                                : _ ("Choose the payer first, then copy last year’s notice."));
      gtk_widget_grab_focus (GTK_WIDGET (self->payer_entry));
      return;
    }
  form = kai_form_new_for_notice (found);
  old = kai_editor_form_dup (self);
  /* What is typed about the payer stays; late fee and term belong to the old one. */
  if (*old->id)
    kai_notice_set (&form->id, old->id);
  if (*old->mobile)
    kai_notice_set (&form->mobile, old->mobile);
  kai_notice_set (&form->late_fee, old->late_fee);
  kai_notice_set (&form->term, old->term);
  for (guint i = 0; i < form->items->len; i++)
    {
      const KaiNoticeItem *item = found->items->pdata[i];

      /* A fixed standard may be another one this year. */
      if (item->standard == KAI_STANDARD_FIXED)
        kai_notice_set (&((KaiFormItem *)form->items->pdata[i])->amount, "");
    }
  kai_editor_form_show (self, form);
  kai_editor_drafts_touch (self);
  day = kai_day_to_iso (found->bill_date);
  text = g_strdup_printf (_ ("Copied from the notice of %s. Check the amounts."), day);
  kai_editor_say (self, text);
  gtk_widget_grab_focus (self->save_button);
}

/* ---- Pasting ---- */

/* What a cell of a pasted row looks like decides where it goes. FALSE when it fits nowhere. */
static gboolean
place_cell (KaiEditorPage *self, KaiForm *form, const char *cell)
{
  const KaiBaseData *base = kai_session_get_base_data (self->session);
  g_autofree char *clean = kai_text_normalise_name (cell);
  g_autofree char *code = kai_text_normalise_code (cell);
  KaiFormItem *item = form->items->len > 0 ? form->items->pdata[form->items->len - 1] : NULL;
  KaiMoney money;

  if (!*clean)
    return TRUE;
  if (!*form->id && !kai_identity_number_fault (code))
    kai_notice_set (&form->id, code);
  else if (!*form->id && !kai_credit_code_fault (code))
    {
      kai_notice_set (&form->id, code);
      form->kind = KAI_PAYER_ORGANISATION;
    }
  else if (!*form->mobile && kai_mobile_number_is_chinese (code))
    kai_notice_set (&form->mobile, code);
  else if (kai_base_data_find_item (base, code))
    kai_form_add_item (form, code, "1", "");
  else if (kai_money_parse (clean, &money, NULL) && item && !*item->amount
           && (strchr (clean, '.') || money >= 10000))
    kai_notice_set (&item->amount, clean);
  else if (strspn (code, "0123456789") == strlen (code) && strlen (code) < 5 && item)
    kai_notice_set (&item->quantity, code);
  else
    {
      for (guint i = 0; i < base->items->len; i++)
        if (g_str_equal (((KaiItem *)base->items->pdata[i])->name, clean))
          {
            kai_form_add_item (form, ((KaiItem *)base->items->pdata[i])->code, "1", "");
            return TRUE;
          }
      if (strspn (code, "0123456789") == strlen (code) || *form->memo)
        return FALSE;
      kai_notice_set (*form->payer ? &form->memo : &form->payer, clean);
    }
  return TRUE;
}

static void
paste_row (KaiEditorPage *self, const char *row)
{
  g_auto (GStrv) cells = g_strsplit (row, "\t", MAX_CELLS);
  g_autoptr (KaiForm) form = kai_form_new ();
  g_autoptr (KaiForm) before = kai_editor_form_dup (self);
  int strange = 0;

  for (int i = 0; cells[i]; i++)
    if (!place_cell (self, form, cells[i]))
      strange++;
  if (strange > 0 || !*form->payer)
    {
      kai_editor_report (self, TRUE,
                         _ ("The pasted row is not clear: nothing was changed. A row needs the "
                            "name, and may have identity number, mobile number, charge item, "
                            "quantity, amount and remark."));
      return;
    }
  if (!kai_form_is_empty (before))
    {
      g_clear_pointer (&self->cleared, kai_form_free);
      self->cleared = g_steal_pointer (&before);
    }
  kai_editor_form_show (self, form);
  kai_editor_say (self, _ ("The pasted row is in the fields. Check them."));
  {
    KaiForm *keep = g_steal_pointer (&self->cleared);

    kai_editor_drafts_touch (self);
    self->cleared = keep;
    gtk_widget_set_visible (self->undo_button, keep != NULL);
  }
}

static void
paste_plain (GtkEntry *entry, const char *text)
{
  GtkEditable *editable = GTK_EDITABLE (entry);
  int at;

  gtk_editable_delete_selection (editable);
  at = gtk_editable_get_position (editable);
  gtk_editable_insert_text (editable, text, -1, &at);
  gtk_editable_set_position (editable, at);
}

typedef struct
{
  KaiEditorPage *page; /* owned */
  GtkEntry *entry;     /* owned */
} Paste;

static void
on_text_cb (GtkClipboard *clipboard, const char *text, gpointer data)
{
  Paste *paste = data;
  g_autofree char *trimmed = g_strdup (text ? text : "");
  gsize length;

  /* A copied cell or row ends with a line break that means nothing. */
  for (length = strlen (trimmed); length > 0 && strchr ("\r\n", trimmed[length - 1]); length--)
    trimmed[length - 1] = '\0';
  if (paste->page->session && strpbrk (trimmed, "\r\n"))
    kai_editor_report (paste->page, TRUE,
                       _ ("You pasted several lines; a notice is one. For a table use batch issue, "
                          "or paste its rows one by one."));
  else if (paste->page->session && strchr (trimmed, '\t'))
    paste_row (paste->page, trimmed);
  else
    paste_plain (paste->entry, trimmed);
  g_object_unref (paste->page);
  g_object_unref (paste->entry);
  g_free (paste);
}

static void
on_paste_cb (GtkEntry *entry, gpointer data)
{
  Paste *paste = g_new0 (Paste, 1);

  g_signal_stop_emission_by_name (entry, "paste-clipboard");
  paste->page = g_object_ref (data);
  paste->entry = g_object_ref (entry);
  gtk_clipboard_request_text (
      gtk_widget_get_clipboard (GTK_WIDGET (entry), GDK_SELECTION_CLIPBOARD), on_text_cb, paste);
}

void
kai_editor_watch_paste (KaiEditorPage *self, GtkEntry *entry)
{
  g_signal_connect_object (entry, "paste-clipboard", G_CALLBACK (on_paste_cb), self, 0);
}

void
kai_editor_payer_connect (KaiEditorPage *self)
{
  GtkEntry *entries[] = { self->payer_entry,    self->id_entry,   self->mobile_entry,
                          self->late_fee_entry, self->memo_entry, self->term_entry };
  KaiSuggest *by_name = kai_suggest_attach (self->payer_entry, suggest_cb, self);
  KaiSuggest *by_id = kai_suggest_attach (self->id_entry, suggest_by_number_cb, self);
  KaiSuggest *by_mobile = kai_suggest_attach (self->mobile_entry, suggest_by_number_cb, self);

  g_signal_connect_object (by_name, "taken", G_CALLBACK (on_payer_taken_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (by_id, "taken", G_CALLBACK (on_payer_taken_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (by_mobile, "taken", G_CALLBACK (on_payer_taken_cb), self,
                           G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    kai_editor_watch_paste (self, entries[i]);
}
