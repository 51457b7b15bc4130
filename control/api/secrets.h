// Secrets of projects as the API serves them: they are set and removed by name, and listed without
// their values. A value leaves its request sealed, and no answer, problem or line of the log has
// it.
#pragma once

#include "control/api/exchange.h"

namespace control {

void handle_list_secrets(Exchange&& exchange);
// 204 whether or not there was one of this name.
void handle_set_secret(Exchange&& exchange);
void handle_erase_secret(Exchange&& exchange);

}  // namespace control
