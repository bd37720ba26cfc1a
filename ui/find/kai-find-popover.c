/* Find anything: what the store knows by that text, and what can be done. */
#include "find/kai-find-popover.h"
#include "find/kai-hit-row.h"
#include "kai-format.h"
#include "kai-input.h"
#include "model/kai-lookup.h"
#include "search/kai-search.h"
#include "store/kai-draft-store.h"
#include "store/kai-payer-store.h"
#include "store/kai-review-store.h"
#include "store/kai-template-store.h"
#include "values/kai-codes.h"
#include <glib/gi18n-lib.h>

/* Of each kind: what does not fit is found by typing more. */
#define MAX_HITS 6
#define MAX_COMMANDS 40
/* So many are looked through. */
#define MAX_REVIEWS 500
#define DELAY_MS 40

struct _KaiFindPopover
{
  GtkPopover parent_instance;

  /* Template */
  GtkEntry *entry;
  GtkListBox *list;
  GtkLabel *hint_label;

  /* Owned */
  KaiSession *session;
  guint delay_id;
};

G_DEFINE_FINAL_TYPE (KaiFindPopover, kai_find_popover, GTK_TYPE_POPOVER)

enum
{
  LIST_COMMANDS,
  COMMAND,
  GO,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
target_free (gpointer data)
{
  KaiFindTarget *target = data;

  g_free (target->group);
  g_free (target->kind);
  g_free (target->id);
  g_free (target->type);
  g_free (target->action);
  g_free (target->why);
  g_free (target);
}

static GQuark
target_quark (void)
{
  return g_quark_from_static_string ("kai-find-target");
}

void
kai_find_command_free (KaiFindCommand *command)
{
  g_free (command->action);
  g_free (command->title);
  g_free (command->key);
  g_free (command->why);
  g_free (command);
}

/* ---- Filling ---- */

static void
add_row (KaiFindPopover *self, KaiHitRow *row, KaiFindTarget *target)
{
  g_object_set_qdata_full (G_OBJECT (row), target_quark (), target, target_free);
  gtk_container_add (GTK_CONTAINER (self->list), GTK_WIDGET (row));
}

/* The target may be filled further. */
static KaiFindTarget *
add_hit (KaiFindPopover *self, const char *group, const char *icon, const char *title,
         const char *detail, const char *kind, gint64 row)
{
  KaiFindTarget *target = g_new0 (KaiFindTarget, 1);

  target->group = g_strdup (group);
  target->kind = g_strdup (kind);
  target->row = row;
  add_row (self, kai_hit_row_new (icon, title, detail, NULL), target);
  return target;
}

static const struct
{
  const char *group, *icon;
} kinds[] = {
  [KAI_HIT_NOTICE] = { N_ ("Notices"), "view-list-symbolic" },
  [KAI_HIT_EBILL] = { N_ ("E-bills"), "security-high-symbolic" },
  [KAI_HIT_PAPER_BILL] = { N_ ("Paper bills"), "package-x-generic-symbolic" },
  [KAI_HIT_BATCH] = { N_ ("Batches"), "folder-symbolic" },
};

static void
add_store_hits (KaiFindPopover *self, const char *typed)
{
  KaiDatabase *db = kai_session_get_database (self->session);
  g_autoptr (GError) error = NULL;
  g_autoptr (KaiSearchResult) result = kai_search (db, typed, MAX_HITS, &error);

  gtk_label_set_text (self->hint_label, "");
  if (error)
    gtk_label_set_text (self->hint_label, error->message);
  else if (result->is_locked)
    gtk_label_set_text (self->hint_label,
                        _ ("Names and personal numbers were not looked at: without a key they are "
                           "locked."));
  else if (result->more)
    gtk_label_set_text (self->hint_label, _ ("There are more: type more of it."));
  for (guint i = 0; result && i < result->hits->len; i++)
    {
      const KaiSearchHit *hit = result->hits->pdata[i];
      KaiFindTarget *target =
          add_hit (self, _ (kinds[hit->kind].group), kinds[hit->kind].icon, hit->summary, hit->id,
                   kai_hit_kind_to_string (hit->kind), hit->row);

      target->id = g_strdup (hit->id);
      target->type = g_strdup (hit->type);
    }
}

static void
add_payers (KaiFindPopover *self, const char *typed)
{
  g_autoptr (GPtrArray) payers =
      kai_payer_store_list (kai_session_get_database (self->session), typed, MAX_HITS, NULL);

  for (guint i = 0; payers && i < payers->len; i++)
    {
      const KaiPayer *payer = payers->pdata[i];
      g_autofree char *mobile = kai_mask_mobile (payer->mobile);

      add_hit (self, _ ("Payers"), "avatar-default-symbolic", payer->name, mobile, "payer",
               payer->id);
    }
}

static void
add_templates (KaiFindPopover *self, const char *typed)
{
  g_autoptr (GPtrArray) items =
      kai_template_store_list (kai_session_get_database (self->session), NULL);
  int n = 0;

  for (guint i = 0; items && i < items->len && n < MAX_HITS; i++)
    {
      const KaiNoticeTemplate *item = items->pdata[i];
      g_autofree char *detail =
          item->slot > 0 ? g_strdup_printf ("Ctrl+%d", item->slot) : g_strdup ("");

      if (!kai_lookup_fits (item->name, typed))
        continue;
      add_hit (self, _ ("Templates"), "document-new-symbolic", item->name, detail, "template",
               item->id);
      n++;
    }
}

/* What is not issued yet has names, too: drafts of this clerk, and what goes between clerk and reviewer. */
static gboolean
fits_payer (const char *name, const char *number, const char *mobile, const char *typed)
{
  return kai_lookup_fits (name, typed) || kai_lookup_fits (number, typed)
         || kai_lookup_fits (mobile, typed);
}

static void
add_drafts (KaiFindPopover *self, const char *typed)
{
  const char *user = kai_desk_get_user_code (kai_session_get_desk (self->session));
  g_autoptr (GPtrArray) drafts =
      kai_draft_store_list (kai_session_get_database (self->session), user, NULL);
  int n = 0;

  for (guint i = 0; drafts && i < drafts->len && n < MAX_HITS; i++)
    {
      const KaiDraft *draft = drafts->pdata[i];
      g_autofree char *when = kai_format_time (draft->updated_at);

      if (!fits_payer (draft->form->payer, draft->form->id, draft->form->mobile, typed))
        continue;
      add_hit (self, _ ("Drafts"), "document-edit-symbolic", draft->form->payer, when, "draft",
               draft->id);
      n++;
    }
}

static void
add_reviews (KaiFindPopover *self, const char *typed, KaiReviewState state, const char *maker)
{
  gboolean waiting = state == KAI_REVIEW_WAITING;
  g_autoptr (GPtrArray) reviews = kai_review_store_list (kai_session_get_database (self->session),
                                                         state, maker, MAX_REVIEWS, NULL);
  int n = 0;

  for (guint i = 0; reviews && i < reviews->len && n < MAX_HITS; i++)
    {
      const KaiReview *review = reviews->pdata[i];
      const KaiNotice *notice = review->notice;
      g_autofree char *amount = kai_money_to_display (review->amount);

      if (!notice || !fits_payer (notice->payer_name, notice->payer_id, notice->mobile, typed))
        continue;
      add_hit (self, waiting ? _ ("Notices to be checked") : _ ("Sent back by the reviewer"),
               "view-list-symbolic", notice->payer_name, amount, waiting ? "review" : "sent-back",
               review->id);
      n++;
    }
}

static void
add_unissued (KaiFindPopover *self, const char *typed)
{
  const char *user = kai_desk_get_user_code (kai_session_get_desk (self->session));

  add_drafts (self, typed);
  add_reviews (self, typed, KAI_REVIEW_WAITING, NULL);
  add_reviews (self, typed, KAI_REVIEW_SENT_BACK, user);
}

static void
add_items (KaiFindPopover *self, const char *typed)
{
  const KaiBaseData *base = kai_session_get_base_data (self->session);
  int n = 0;

  for (guint i = 0; i < base->items->len && n < MAX_HITS; i++)
    {
      const KaiItem *item = base->items->pdata[i];
      g_autofree char *label = g_strdup_printf ("%s %s", item->code, item->name);

      if (!kai_lookup_fits (label, typed))
        continue;
      add_hit (self, _ ("Charge items"), "document-new-symbolic", label,
               _ ("A new notice with this item"), "item", 0)
          ->id = g_strdup (item->code);
      n++;
    }
}

static void
add_commands (KaiFindPopover *self, const char *typed)
{
  g_autoptr (GPtrArray) commands =
      g_ptr_array_new_with_free_func ((GDestroyNotify)kai_find_command_free);
  g_autofree char *folded = kai_lookup_fold (typed);
  int n = 0;

  g_signal_emit (self, signals[LIST_COMMANDS], 0, commands);
  for (guint i = 0; i < commands->len && n < MAX_COMMANDS; i++)
    {
      const KaiFindCommand *command = commands->pdata[i];
      KaiFindTarget *target;
      KaiHitRow *row;

      if (!kai_lookup_fits_folded (command->title, folded))
        continue;
      target = g_new0 (KaiFindTarget, 1);
      target->group = g_strdup (_ ("Commands"));
      target->action = g_strdup (command->action);
      target->why = g_strdup (command->why);
      row = kai_hit_row_new ("system-run-symbolic", command->title, command->why, command->key);
      kai_hit_row_set_dim (row, command->why != NULL);
      add_row (self, row, target);
      n++;
    }
}

static void
fill (KaiFindPopover *self)
{
  const char *typed = gtk_entry_get_text (self->entry);
  g_autofree char *folded = kai_lookup_fold (typed);

  kai_hit_rows_clear (self->list);
  gtk_label_set_text (self->hint_label, "");
  if (self->session && *folded)
    {
      add_store_hits (self, typed);
      if (kai_database_get_vault (kai_session_get_database (self->session)))
        {
          add_payers (self, typed);
          add_unissued (self, typed);
          add_templates (self, typed);
        }
      add_items (self, typed);
    }
  add_commands (self, typed);
  /* Enter does the first thing that was found. */
  if (*folded)
    kai_hit_rows_move (self->list, 1);
}

static gboolean
on_delay_cb (gpointer data)
{
  KaiFindPopover *self = KAI_FIND_POPOVER (data);

  self->delay_id = 0;
  fill (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed_cb (KaiFindPopover *self)
{
  g_clear_handle_id (&self->delay_id, g_source_remove);
  self->delay_id = g_timeout_add (DELAY_MS, on_delay_cb, self);
}

/* ---- Choosing ---- */

static void
choose (KaiFindPopover *self, GtkListBoxRow *row)
{
  const KaiFindTarget *target = row ? g_object_get_qdata (G_OBJECT (row), target_quark ()) : NULL;
  g_autoptr (GtkListBoxRow) held G_GNUC_UNUSED = NULL;

  if (!target)
    return;
  /* Whatever the handlers do, the target stays. */
  held = g_object_ref (row);
  if (target->why)
    {
      gtk_label_set_text (self->hint_label, target->why);
      return;
    }
  gtk_popover_popdown (GTK_POPOVER (self));
  if (target->action)
    g_signal_emit (self, signals[COMMAND], 0, target->action);
  else
    g_signal_emit (self, signals[GO], 0, target);
}

static void
on_row_activated_cb (KaiFindPopover *self, GtkListBoxRow *row)
{
  choose (self, row);
}

static void
on_activate_cb (KaiFindPopover *self)
{
  /* Who types fast and presses Enter means what was typed, not what was shown before. */
  if (self->delay_id != 0)
    {
      g_clear_handle_id (&self->delay_id, g_source_remove);
      fill (self);
    }
  choose (self, gtk_list_box_get_selected_row (self->list));
}

static gboolean
on_key_cb (GtkWidget *entry, GdkEventKey *event, gpointer data)
{
  KaiFindPopover *self = KAI_FIND_POPOVER (data);

  if (kai_input_is_composing (entry)
      || (event->state & gtk_accelerator_get_default_mod_mask ()) != 0)
    return GDK_EVENT_PROPAGATE;
  switch (event->keyval)
    {
    case GDK_KEY_Down:
    case GDK_KEY_Up:
      kai_hit_rows_move (self->list, event->keyval == GDK_KEY_Down ? 1 : -1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
      gtk_popover_popdown (GTK_POPOVER (self));
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
header_cb (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  const KaiFindTarget *target = g_object_get_qdata (G_OBJECT (row), target_quark ());
  const KaiFindTarget *last =
      before ? g_object_get_qdata (G_OBJECT (before), target_quark ()) : NULL;
  GtkWidget *label;

  if (!target || (last && g_str_equal (last->group, target->group)))
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  label = g_object_new (GTK_TYPE_LABEL, "label", target->group, "visible", TRUE, "xalign", 0.0,
                        "margin-start", 8, "margin-top", 6, NULL);
  gtk_style_context_add_class (gtk_widget_get_style_context (label), "kai-heading");
  gtk_list_box_row_set_header (row, label);
}

/* ---- Public ---- */

void
kai_find_popover_set_session (KaiFindPopover *self, KaiSession *session)
{
  g_clear_handle_id (&self->delay_id, g_source_remove);
  g_set_object (&self->session, session);
  kai_hit_rows_clear (self->list);
  gtk_entry_set_text (self->entry, "");
  gtk_popover_popdown (GTK_POPOVER (self));
}

void
kai_find_popover_begin (KaiFindPopover *self)
{
  gtk_entry_set_text (self->entry, "");
  g_clear_handle_id (&self->delay_id, g_source_remove);
  fill (self);
  gtk_popover_popup (GTK_POPOVER (self));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

static void
kai_find_popover_dispose (GObject *object)
{
  KaiFindPopover *self = KAI_FIND_POPOVER (object);

  g_clear_handle_id (&self->delay_id, g_source_remove);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (kai_find_popover_parent_class)->dispose (object);
}

static void
kai_find_popover_class_init (KaiFindPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = kai_find_popover_dispose;
  signals[LIST_COMMANDS] = g_signal_new ("list-commands", KAI_TYPE_FIND_POPOVER, G_SIGNAL_RUN_LAST,
                                         0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[COMMAND] = g_signal_new ("command", KAI_TYPE_FIND_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[GO] = g_signal_new ("go", KAI_TYPE_FIND_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 1, G_TYPE_POINTER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cn/kaipiao/Kaipiao/ui/find/kai-find-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, KaiFindPopover, entry);
  gtk_widget_class_bind_template_child (widget_class, KaiFindPopover, list);
  gtk_widget_class_bind_template_child (widget_class, KaiFindPopover, hint_label);
  gtk_widget_class_bind_template_callback (widget_class, on_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_key_cb);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated_cb);
}

static void
kai_find_popover_init (KaiFindPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_header_func (self->list, header_cb, NULL, NULL);
}
