// Secrets of projects as the API serves them: set and removed by name, listed without their values.
// A value is sealed as soon as the request is read, and appears in no answer, problem or log line.
#pragma once

#include "control/api/exchange.h"

namespace control {

void handle_list_secrets(Exchange&& exchange);
// 204 whether or not a secret of this name existed.
void handle_set_secret(Exchange&& exchange);
void handle_erase_secret(Exchange&& exchange);

}  // namespace control
