#include "control/settings/chat.h"

#include "control/settings/shapes.h"

#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace control {

using contracts::Environment;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLongestNote = 16 << 10;

}  // namespace

void read_note(Environment& environment, chat::ChatSettings& settings) {
    settings.note = environment.text("PO_NOTE", settings.note);
    if (settings.note.size() > kLongestNote)
        environment.fault("PO_NOTE",
                          "must have at most " + std::to_string(kLongestNote) + " bytes");
}

void read(Environment& environment, chat::ChatSettings& settings) {
    read_note(environment, settings);
    read_choice(environment, "PO_AGENT", settings.agent_type);
    read_variables(environment, "PO_ENV", settings.env_vars);
    read_resource_limits(environment, "PO_LIMITS", settings.limits);
    settings.instructions_file = environment.text("PO_INSTRUCTIONS", "");
    if (const std::string& file = settings.instructions_file; !file.empty()) {
        check_absolute(environment, "PO_INSTRUCTIONS", file);
        if (::access(file.c_str(), R_OK) != 0)
            environment.fault("PO_INSTRUCTIONS",
                              "cannot be read: " + std::string(std::strerror(errno)));
    }
    settings.turn = environment.seconds("PO_TIMEOUT", settings.turn, 1s, 24h);
    settings.session_idle =
        environment.seconds("PO_SESSION_IDLE", settings.session_idle, 60s, 8760h);
    settings.unasked_turns =
        environment.number("PO_UNASKED_TURNS", settings.unasked_turns, 1, 1000);
}

}  // namespace control
