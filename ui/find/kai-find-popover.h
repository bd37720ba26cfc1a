#pragma once

#include "kai-session.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* One box for every number, every name and every command. Keyboard only: type, Up and Down, Enter. Signals:
 *   "list-commands" (GPtrArray* of KaiFindCommand, to be filled): what can be done now;
 *   "command" (const char *action): do it;
 *   "go" (const KaiFindTarget*, as gpointer, borrowed): show it. */
#define KAI_TYPE_FIND_POPOVER (kai_find_popover_get_type ())
G_DECLARE_FINAL_TYPE (KaiFindPopover, kai_find_popover, KAI, FIND_POPOVER, GtkPopover)

typedef struct
{
  char *action; /* detailed name */
  char *title;
  char *key; /* for people, NULL */
  char *why; /* why it is disabled, NULL when it can be done */
} KaiFindCommand;

/* What was found. Kinds are those of kai_search ("notice", "ebill", "paper-bill", "batch") and "payer", "template", "draft", "review" (waits for
 * a reviewer), "sent-back", "item". */
typedef struct
{
  char *group; /* heading */
  char *kind;
  gint64 row;         /* of notice, payer, template, draft, review; 0 otherwise */
  char *id;           /* number, batch, code of an item */
  char *type;         /* of a paper bill; NULL otherwise */
  char *action, *why; /* of a command; NULL otherwise */
} KaiFindTarget;
void kai_find_command_free (KaiFindCommand *command);

void kai_find_popover_set_session (KaiFindPopover *self, KaiSession *session);
/* Opens it, empty, with the focus in its entry. */
void kai_find_popover_begin (KaiFindPopover *self);

G_END_DECLS
