#include "control/chat/commands.h"

#include "contracts/base/id.h"
#include "contracts/base/text.h"
#include "contracts/fields/write.h"
#include "contracts/messages/graph_command.h"
#include "contracts/streams/names.h"
#include "control/chat/budget.h"
#include "control/store/projects.h"
#include "control/store/servers.h"
#include "control/store/tasks.h"
#include "control/store/users.h"
#include "control/store/workers.h"

#include <algorithm>

namespace control::chat {

namespace {

constexpr std::size_t kListed = 20;

struct Scene {
    Queries& db;
    const ChatNeeds& needs;
    Chat& chat;
    const contracts::User& user;
    std::string_view argument;
};

struct Known {
    std::string_view name;
    std::string_view usage;
    std::string_view help;
    bool admins = false;
    Result<std::string> (*run)(const Scene&) = nullptr;
};
std::span<const Known> known_commands();

Result<std::string> help(const Scene& scene) {
    std::string text =
        "Write what you want built, in your own words. There are also these commands:";
    for (const Known& known : known_commands())
        if (!known.admins || scene.user.is_admin)
            text.append("\n").append(known.usage).append(": ").append(known.help);
    return text;
}

Result<std::string> begin_anew(const Scene& scene) {
    const bool was_working = scene.chat.turn_id.has_value();
    if (Result<void> done = Turns(scene.needs).begin_anew(scene.db, scene.chat); !done)
        return done.fault();
    return std::string(was_working ? "The current answer was stopped; tasks continue. " : "") +
           "A new conversation begins.";
}

PageRequest own_rows(const Scene& scene) {
    return {.limit = kListed, .owner = {.user_id = scene.user.id}};
}

template <class Page, class Line>
std::string listed(const Page& page, std::string_view none, Line line) {
    if (page.items.empty()) return std::string(none);
    std::string text;
    for (const auto& item : page.items)
        text.append(text.empty() ? "" : "\n").append(line(item.entity));
    if (!page.next.empty()) text.append("\n… and older ones");
    return text;
}

Result<std::string> list_projects(const Scene& scene) {
    auto page = projects::list(scene.db, own_rows(scene));
    if (!page) return page.fault();
    return listed(*page, "You have no projects yet.", [](const contracts::Project& project) {
        return project.name + ": " + std::string(to_text(project.status)) + " (" + project.id + ")";
    });
}

Result<std::string> list_tasks(const Scene& scene) {
    auto page = tasks::list(scene.db, own_rows(scene));
    if (!page) return page.fault();
    auto owned = projects::list(scene.db, {.limit = kMaxPage, .owner = {.user_id = scene.user.id}});
    if (!owned) return owned.fault();
    return listed(*page, "You have no tasks yet.", [&](const contracts::Task& task) {
        std::string project = task.project_id;
        for (const auto& one : owned->items)
            if (one.entity.id == task.project_id) project = one.entity.name;
        return project + ", " + std::string(to_text(task.type)) + ": " +
               std::string(to_text(task.status)) + " (" + task.id + ")";
    });
}

Result<std::string> list_servers(const Scene& scene) {
    auto page = servers::list(scene.db, {.limit = kListed});
    if (!page) return page.fault();
    return listed(*page, "There are no servers.", [](const contracts::Server& server) {
        return server.handle + ": " + std::string(to_text(server.status)) + " (" +
               server.ip_address + ")";
    });
}

Result<std::string> list_workers(const Scene& scene) {
    std::string text;
    for (const WorkerPhase phase :
         {WorkerPhase::queued, WorkerPhase::creating, WorkerPhase::running}) {
        auto rows = workers::in_phase(scene.db, phase);
        if (!rows) return rows.fault();
        for (const WorkerRow& row : *rows) {
            text.append(text.empty() ? "" : "\n")
                .append(row.id)
                .append(": ")
                .append(contracts::to_text(row.config.worker_type))
                .append(", ")
                .append(contracts::to_text(phase));
            for (const char* key : {"user_id", "project_id", "task_id"})
                if (const std::string value = row.about(key); !value.empty())
                    text.append(", ").append(key).append(" ").append(value);
        }
    }
    return text.empty() ? std::string("No worker is running.") : text;
}

Result<std::string> kill_worker(const Scene& scene) {
    const std::string id(scene.argument);
    if (id.empty()) return std::string("Name the worker: /kill WORKER_ID. /workers lists them.");
    auto found = workers::find(scene.db, id);
    if (!found) return found.fault();
    if (!*found || (*found)->phase == WorkerPhase::removed)
        return "There is no worker " + id + ". /workers lists the running ones.";
    if (Result<void> sent = send_delete(scene.db, scene.needs.clock, id); !sent)
        return sent.fault();
    return "Worker " + id + " is being stopped.";
}

Result<std::string> retry_task(const Scene& scene) {
    const std::string id(scene.argument);
    if (id.empty()) return std::string("Name the task: /retry TASK_ID.");
    auto task = tasks::find(scene.db, id);
    if (!task && task.error().kind == ErrorKind::not_found) return "There is no task " + id + ".";
    if (!task) return task.fault();
    contracts::GraphCommand command;
    static_cast<contracts::QueueMeta&>(command) = contracts::make_meta(scene.needs.clock);
    command.request_id = contracts::make_uuid4();
    command.command = contracts::GraphVerb::retry;
    command.task_id = id;
    command.user_id = scene.user.id;
    Result<void> sent =
        chats::add_effect(scene.db, {.key = command.request_id,
                                     .stream = std::string(contracts::names::kGraphCommands),
                                     .body = contracts::format_message(command)});
    if (!sent) return sent.fault();
    return "Task " + id + " is retried if it has failed or is blocked.";
}

bool is_telegram_id(std::string_view text) {
    return !text.empty() && text.size() <= 19 &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::string> add_user(const Scene& scene) {
    const std::string id(scene.argument);
    if (!is_telegram_id(id))
        return std::string(
            "Name the user: /adduser TELEGRAM_ID, a number. Strangers who write to the bot are "
            "shown their id.");
    auto known = users::find_by_telegram_id(scene.db, id);
    if (known) return "User " + id + " is a user already.";
    if (known.error().kind != ErrorKind::not_found) return known.fault();
    const Timestamp now = scene.needs.clock.now();
    const contracts::User user{contracts::make_uuid7(now), id, false};
    if (Result<void> added = users::insert(scene.db, user, now); !added) return added.fault();
    return "User " + id + " can write to this chat now.";
}

Result<std::string> budget(const Scene& scene) {
    return answer_budget(scene.db, scene.user, scene.argument, scene.needs.clock.now());
}

Result<std::string> digest(const Scene& scene) {
    return answer_digest(scene.db, scene.user, scene.argument, scene.needs.clock.now());
}

constexpr Known kKnown[] = {
    {"/help", "/help", "this list", false, help},
    {"/start", "/start", "the same", false, help},
    {"/new", "/new", "stop what your Product Owner is doing and begin a new conversation", false,
     begin_anew},
    {"/projects", "/projects", "your projects", false, list_projects},
    {"/tasks", "/tasks", "your tasks", false, list_tasks},
    {"/budget", "/budget [PROJECT AMOUNT]", "what models cost, and the cap of a project", false,
     budget},
    {"/digest", "/digest daily|weekly|off", "get a report every day or week", false, digest},
    {"/servers", "/servers", "the servers that projects run on", false, list_servers},
    {"/workers", "/workers", "the running workers", true, list_workers},
    {"/kill", "/kill WORKER_ID", "stop a worker", true, kill_worker},
    {"/retry", "/retry TASK_ID", "retry a failed or blocked task", true, retry_task},
    {"/adduser", "/adduser TELEGRAM_ID", "let somebody write to this chat", true, add_user},
};

std::span<const Known> known_commands() {
    return kKnown;
}

}  // namespace

std::optional<Command> command_of(std::string_view text) {
    text = contracts::trimmed(text);
    const std::string_view name = text.substr(0, text.find_first_of(contracts::kBlanks));
    if (std::ranges::find(kKnown, name, &Known::name) == std::end(kKnown)) return std::nullopt;
    return Command{name, contracts::trimmed(text.substr(name.size()))};
}

Result<std::string> carry_out(Queries& db, const ChatNeeds& needs, Chat& chat,
                              const contracts::User& user, const Command& command) {
    const Known& known = *std::ranges::find(kKnown, command.name, &Known::name);
    if (known.admins && !user.is_admin)
        return std::string(known.name) + " is for administrators. /help lists what you can use.";
    return known.run({db, needs, chat, user, command.argument});
}

}  // namespace control::chat
