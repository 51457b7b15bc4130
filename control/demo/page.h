// What a demo prints: one line for each thing that somebody says or does.
#pragma once

#include "contracts/messages/chat.h"
#include "control/demo/outcome.h"

#include <stop_token>
#include <string>
#include <string_view>

namespace control::demo {

// What this demo is, and what it is not.
void show_beginning(bool has_template);
void show(std::string_view who, std::string_view what);
void show_reply(const contracts::ChatReply& reply);
// Commit, tests, URL, and what the URL answers with. Failure: the page's.
[[nodiscard]] contracts::Result<void> show_outcome(const Outcome& outcome, HttpClient& http,
                                                   const std::stop_token& stop);
// The last warnings and errors of the daemon's log, to standard error.
void show_troubles(const std::string& log);

}  // namespace control::demo
