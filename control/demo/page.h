// The demo's output: one line for each message and step.
#pragma once

#include "contracts/messages/chat.h"
#include "control/demo/outcome.h"

#include <stop_token>
#include <string>
#include <string_view>

namespace control::demo {

// Explains what this demo shows, and what it does not.
void show_beginning(bool has_template);
void show(std::string_view who, std::string_view what);
void show_reply(const contracts::ChatReply& reply);
// Commit, tests, URL, and the page at the URL. Failure: the page's.
[[nodiscard]] contracts::Result<void> show_outcome(const Outcome& outcome, HttpClient& http,
                                                   const std::stop_token& stop);
// Prints the last warnings and errors of the daemon's log to standard error.
void show_troubles(const std::string& log);

}  // namespace control::demo
