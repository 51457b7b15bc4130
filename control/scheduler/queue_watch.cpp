#include "control/scheduler/queue_watch.h"

#include "contracts/base/text.h"
#include "contracts/fields/read.h"
#include "contracts/messages/chat.h"
#include "contracts/messages/dead_letter.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/together.h"
#include "control/bus/bus.h"
#include "control/store/queues.h"

#include <algorithm>

namespace control {

using contracts::Connection;
using contracts::DeadLetter;
using contracts::OwnedCommand;
using contracts::Reply;
using contracts::ReplyView;
using queues::DeadLetterRow;
using queues::Order;
using queues::QueueState;
using queues::Verb;

namespace {

namespace names = contracts::names;

constexpr std::size_t kOrdersAtOnce = 100;

// The streams that somebody consumes as a group, whose entries can be refused. Workers' own streams
// end with their worker.
std::vector<std::string> watched_queues() {
    std::vector<std::string> queues;
    for (const std::string_view name :
         {names::kChatInbox, names::kChatNotices, names::kDeployQueue, names::kDeveloperOutput,
          names::kEngineeringQueue, names::kGraphCommands, names::kProvisionerQueue,
          names::kScaffolderQueue, names::kWorkerCommands, names::kWorkerLifecycle,
          names::kWorkerResponsesDeveloper, names::kWorkerResponsesPo})
        queues.emplace_back(name);
    for (const std::string_view channel : contracts::kChannelNames)
        queues.push_back(names::chat_outbox(channel));
    return queues;
}

// A figure from XINFO's flat list of names and values; 0 if it is nil or missing.
std::int64_t figure(ReplyView group, std::string_view name) {
    for (std::size_t i = 0; i + 1 < group.size(); i += 2)
        if (group[i].text() == name) return group[i + 1].integer();
    return 0;
}

// A stream that does not exist is empty and has no groups.
Result<QueueState> read_state(Connection& connection, std::string_view queue,
                              contracts::Timestamp now) {
    const std::string dead = names::dead_letters(queue);
    const OwnedCommand questions[] = {
        {"XLEN", std::string(queue)}, {"XINFO", "GROUPS", std::string(queue)}, {"XLEN", dead}};
    const Result<std::vector<Reply>> answers = connection.pipeline(questions);
    if (!answers) return answers.fault();
    QueueState state{.name = std::string(queue), .looked_at = now};
    state.length = (*answers)[0].view().integer();
    const ReplyView groups = (*answers)[1].view();
    for (std::size_t i = 0; groups.is_array() && i < groups.size(); ++i) {
        state.pending += figure(groups[i], "pending");
        state.lag = std::max(state.lag, figure(groups[i], "lag"));
    }
    state.dead = (*answers)[2].view().integer();
    return state;
}

using CheckLead = std::function<Result<void>(Queries&)>;

// The store's texts cannot hold a zero byte.
std::string plain(std::string text) {
    std::erase(text, '\0');
    return text;
}

std::string shown(std::string text) {
    return std::string(contracts::beginning(plain(std::move(text)), queues::kShownBody));
}

std::string text_of(const contracts::Json& message) {
    return message.is_string() ? message.get<std::string>() : contracts::dump_json(message);
}

DeadLetterRow letter_of(const contracts::Entry& entry, std::string_view queue) {
    DeadLetterRow row{.queue = std::string(queue), .entry_id = entry.id, .failed_at = entry.time()};
    const auto letter = contracts::parse_entry<DeadLetter>(entry);
    if (!letter) {
        row.error = "the entry is not a valid dead letter: " + letter.error().describe();
        return row;
    }
    row.failed_at = letter->error_context.timestamp;
    row.service = plain(letter->error_context.service);
    row.error = shown(letter->error_context.error);
    row.attempts = letter->error_context.attempts;
    row.body = shown(text_of(letter->original_message));
    return row;
}

Result<std::vector<contracts::Entry>> read_letters(Connection& connection, std::string_view queue,
                                                   const OwnedCommand& command) {
    const Result<Reply> answer = connection.command(command);
    if (!answer) return answer.fault();
    contracts::Entries entries;
    contracts::read_entries(names::dead_letters(queue), answer->view(), entries);
    return std::move(entries.present);
}

// The dead letter goes, and its message is sent in the same transaction. Nothing if there is no
// such dead letter, or if it has no message to send: then it stays, with its reason.
std::vector<OwnedCommand> commands_for(const Order& order,
                                       const std::vector<contracts::Entry>& found) {
    if (found.empty()) return {};
    std::vector<OwnedCommand> commands{{"XDEL", names::dead_letters(order.queue), order.entry_id}};
    if (order.verb == Verb::drop) return commands;
    const auto letter = contracts::parse_entry<DeadLetter>(found.front());
    if (!letter) return {};
    commands.push_back(contracts::publish_command(order.queue, text_of(letter->original_message)));
    return commands;
}

// The dead letters are watched from before they are read until the transaction, so of two daemons
// that carry out the same order only one sends the message.
Result<void> carry_out(Connection& connection, const Order& order) {
    const std::string dead = names::dead_letters(order.queue);
    for (int tries = 0; tries < contracts::kTogetherTries; ++tries) {
        if (const Result<Reply> watched = connection.command({"WATCH", dead}); !watched)
            return watched.fault();
        const auto found =
            read_letters(connection, order.queue, {"XRANGE", dead, order.entry_id, order.entry_id});
        if (!found) return found.fault();
        const std::vector<OwnedCommand> commands = commands_for(order, *found);
        const std::vector<OwnedCommand> questions = contracts::type_questions(commands);
        const Result<std::vector<Reply>> types = connection.pipeline(questions);
        if (!types) return types.fault();
        const Result<void> checked = contracts::check_types(commands, *types);
        if (commands.empty() || !checked) {
            (void)connection.command({"UNWATCH"});  // the next command reports its failure
            return checked;
        }
        const Result<std::optional<Reply>> done = connection.transaction(commands);
        if (!done) return done.fault();
        if (*done) return {};
    }
    return fail(ErrorKind::transient, dead + " kept changing while an order was carried out");
}

// Each order is done on the bus first; if the daemon dies before the store knows, the next one
// finds no such dead letter and finishes it.
Result<std::int64_t> carry_out_orders(Database& db, Connection& connection,
                                      const std::vector<std::string>& queues,
                                      const CheckLead& check_lead) {
    const auto orders = queues::orders(db, kOrdersAtOnce);
    if (!orders) return orders.fault();
    for (const Order& order : *orders) {
        if (std::ranges::find(queues, order.queue) != queues.end())
            if (Result<void> done = carry_out(connection, order); !done) return done.fault();
        const Result<void> finished = db.transaction([&](Transaction& tx) -> Result<void> {
            if (Result<void> leads = check_lead(tx); !leads) return leads;
            return queues::finish(tx, order);
        });
        if (!finished) return finished.fault();
    }
    return static_cast<std::int64_t>(orders->size());
}

Result<void> add_letters(Connection& connection, const std::string& queue,
                         std::vector<DeadLetterRow>& letters) {
    const auto entries = read_letters(connection, queue,
                                      {"XREVRANGE", names::dead_letters(queue), "+", "-", "COUNT",
                                       std::to_string(queues::kShownLetters)});
    if (!entries) return entries.fault();
    for (const contracts::Entry& entry : *entries)
        letters.push_back(letter_of(entry, queue));
    return {};
}

}  // namespace

Result<QueueLook> look_at_queues(Database& db, Connection& connection,
                                 const contracts::Clock& clock, const CheckLead& check_lead) {
    const std::vector<std::string> watched = watched_queues();
    const Result<std::int64_t> orders = carry_out_orders(db, connection, watched, check_lead);
    if (!orders) return orders.fault();
    QueueLook look{.queues = static_cast<std::int64_t>(watched.size()), .carried_out = *orders};
    std::vector<QueueState> states;
    std::vector<DeadLetterRow> letters;
    for (const std::string& queue : watched) {
        Result<QueueState> state = read_state(connection, queue, clock.now());
        if (!state) return state.fault();
        look.dead += state->dead;
        states.push_back(*std::move(state));
        if (states.back().dead == 0) continue;
        if (Result<void> added = add_letters(connection, queue, letters); !added)
            return added.fault();
    }
    const Result<void> noted = db.transaction([&](Transaction& tx) -> Result<void> {
        if (Result<void> leads = check_lead(tx); !leads) return leads;
        return queues::note(tx, states, letters);
    });
    if (!noted) return noted.fault();
    return look;
}

PeriodicTask queues_task(Database& db, std::shared_ptr<Bus> bus, const contracts::Clock& clock,
                         contracts::Log log, std::chrono::milliseconds interval) {
    return {.name = "queues",
            .interval = interval,
            .run_once = [&db, bus = std::move(bus), &clock, log = std::move(log)](
                            const Lease& lease, const std::stop_token&) -> Result<PeriodicOutcome> {
                const Result<Connection*> connection = bus->connection();
                if (!connection) return connection.fault();
                const Result<QueueLook> look = look_at_queues(
                    db, **connection, clock,
                    [&lease](Queries& queries) { return leases::check(queries, lease); });
                if (!look) return look.fault();
                if (look->carried_out > 0)
                    log.info("orders on dead letters were carried out",
                             {{"orders", look->carried_out}});
                return PeriodicOutcome{.text = std::to_string(look->queues) + " queues, " +
                                               std::to_string(look->dead) + " dead letters, " +
                                               std::to_string(look->carried_out) +
                                               " orders carried out"};
            }};
}

}  // namespace control
