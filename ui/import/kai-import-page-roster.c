/* Batch issue and education import: the way to the list against last term's and to who has not paid, and back. */
#include "import/kai-import-page-private.h"
#include "roster/kai-roster.h"

gboolean
kai_import_page_is_in_roster (KaiImportPage *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "roster") == 0;
}

static void
enter (KaiImportPage *self)
{
  gtk_stack_set_visible_child_name (self->stack, "roster");
  kai_import_page_update_actions (self);
}

void
kai_import_page_show_changes_since (KaiImportPage *self)
{
  g_autoptr (GError) error = NULL;
  /* Every row that can be read counts, also one that is issued already or still has to be mended. */
  g_autoptr (GPtrArray) now = kai_import_sheet_build_all (self->sheet, &error);

  if (!now)
    {
      kai_import_page_report (self, TRUE, error->message);
      return;
    }
  enter (self);
  kai_roster_view_show_changes (self->roster, now);
}

/* The term of the first row that can be read. */
static char *
dup_term (KaiImportPage *self)
{
  for (int position = 0; self->sheet && position < kai_import_sheet_get_n_view (self->sheet);
       position++)
    {
      g_autoptr (KaiNotice) notice = kai_import_sheet_build_row (
          self->sheet, kai_import_sheet_get_view_row (self->sheet, position), NULL);

      if (notice && *notice->term)
        return g_strdup (notice->term);
    }
  return NULL;
}

void
kai_import_page_show_unpaid (KaiImportPage *self)
{
  g_autofree char *term = dup_term (self);

  enter (self);
  kai_roster_view_show_unpaid (self->roster, term);
}

void
kai_import_page_leave_roster (KaiImportPage *self)
{
  if (!kai_import_page_is_in_roster (self))
    return;
  gtk_stack_set_visible_child_name (self->stack, self->sheet ? "list" : "empty");
  kai_import_page_update_actions (self);
  if (self->sheet)
    gtk_widget_grab_focus (gtk_bin_get_child (GTK_BIN (self->grid)));
}
