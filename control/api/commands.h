// Commands of people to flows, workers and projects, as the API accepts and shows them.
// Administrators may send every command; a user with permission for a task's commands may answer
// what the task asks, and one with permission for deploy.start may redeploy their projects.
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
    // Users do not see commands that other people sent to their flows.
    [[nodiscard]] static Result<void> check_use(const Caller& caller, std::string_view method,
                                                const Entity& command);
    [[nodiscard]] static Result<Entity> make(Queries& db, const Caller& caller, New&& body,
                                             contracts::Timestamp now);
    // The roles that carry commands out are woken.
    static constexpr bool kWakes = true;
};

}  // namespace control
