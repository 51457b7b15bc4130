// What a node or a change gets for one decision: the turn, and a place for its effects. The
// functions of the kit take it as their first argument.
#pragma once

#include "control/graphs/engine/graph.h"
#include "control/graphs/kit/parts.h"

namespace control::graphs {

struct Moment {
    const Turn& turn;
    Effects& effects;

    [[nodiscard]] bool is(std::string_view event) const { return turn.event.name == event; }
    [[nodiscard]] const Json& body() const { return turn.event.body; }
    // The text of a member of the event's body; empty if there is none.
    [[nodiscard]] std::string text(const char* name) const;
    // A number that is the same each time this decision is made.
    [[nodiscard]] std::uint32_t fixed_random() const;
};

}  // namespace control::graphs
