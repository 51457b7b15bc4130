// Commands of people to flows and workers, as the API takes and shows them. Administrators command
// everything; whoever may use a task's commands answers what his task asks.
#pragma once

#include "control/api/caller.h"
#include "control/store/commands.h"

namespace control {

struct NewPersonCommand {
    CommandTarget target = CommandTarget::flow;
    std::string target_id;
    CommandVerb command = CommandVerb::pause;
    std::optional<std::string> node;
    std::optional<std::string> text;
};
void visit_fields(NewPersonCommand& body, contracts::FieldList& fields);

struct CommandResource {
    using Entity = PersonCommand;
    using New = NewPersonCommand;
    static constexpr auto list = &commands::list;
    static constexpr auto find = &commands::find;
    // Of others' commands to his own flows a user learns nothing.
    [[nodiscard]] static Result<void> check_use(const Caller& caller, std::string_view method,
                                                const Entity& command);
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    // Those who carry commands out look at once.
    static constexpr bool kWakes = true;
};

}  // namespace control
