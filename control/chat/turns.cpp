#include "control/chat/turns.h"

#include "contracts/base/id.h"
#include "control/chat/prompt.h"

namespace control::chat {

using contracts::ReplyKind;
using contracts::ResultStatus;
using contracts::Speaker;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

constexpr int kNoticesAtOnce = 20;
constexpr int kSummarised = 30;  // messages in a summary
constexpr std::size_t kKeptText = 256 << 10;

constexpr std::string_view kSendAgain = "Send your message again if it still matters.";

std::string minutes_of(milliseconds time) {
    return std::to_string(std::max<std::int64_t>(1, time.count() / 60'000));
}

// The text of an output for the user. The agent may have nothing to say, or may have died.
std::string text_of(const contracts::POWorkerOutput& output) {
    const std::size_t end = output.text.find_last_not_of(" \t\r\n");
    std::string text = end == std::string::npos ? "" : output.text.substr(0, end + 1);
    if (output.status == ResultStatus::success) return text.empty() ? "Done." : text;
    if (text.empty()) text = "Your Product Owner could not answer.";
    return text.append(" What it had started continues; nothing is retried automatically. ")
        .append(kSendAgain);
}

}  // namespace

std::optional<Place> place_of(const Chat& chat, const std::string& correlation) {
    if (chat.turn_channel && chat.turn_address)
        return Place{*chat.turn_channel, *chat.turn_address, correlation};
    if (chat.channel && chat.address) return Place{*chat.channel, *chat.address, correlation};
    return std::nullopt;
}

void end_turn(Chat& chat) {
    chat.turn_id.reset();
    chat.turn_ends.reset();
    chat.turn_channel.reset();
    chat.turn_address.reset();
    chat.turn_correlation.reset();
    chat.told_to_wait = false;
}

Result<void> Turns::record(Queries& db, const Chat& chat, Speaker role,
                           const std::string& text) const {
    const Timestamp now = needs_.clock.now();
    contracts::ConversationMessage message;
    message.id = contracts::make_uuid7(now);
    message.user_id = chat.user_id;
    if (const std::optional<Place> place = place_of(chat)) message.channel = place->channel;
    message.role = role;
    message.text = head_of(text, kKeptText);
    message.created_at = now;
    return conversations::insert(db, message, chat.turn_correlation.value_or(""));
}

Result<bool> Turns::advance(Queries& db, Chat& chat, const Look& look) const {
    if (chat.turn_id || chat.hire_id) return true;
    auto notices = chats::line(db, chat.user_id, LineKind::notice, kNoticesAtOnce);
    if (!notices) return notices.fault();
    auto messages = chats::line(db, chat.user_id, LineKind::message, 1);
    if (!messages) return messages.fault();
    if (messages->empty() && (notices->empty() || chat.asked_to_go_on)) return true;
    if (look.of != chat.worker_id) return false;
    Result<void> done;
    if (messages->empty() && chat.unasked_turns >= needs_.settings.unasked_turns) {
        done = ask_to_go_on(db, chat);
    } else if (!look.alive) {
        done = chat.hire_at && *chat.hire_at > needs_.clock.now() ? Result<void>()
                                                                  : hire(db, chat, look);
    } else {
        if (chat.worker_id != look.worker_id) {
            chat.worker_id = look.worker_id;
            done = chats::save_worker(db, {look.worker_id, chat.user_id, {}});
        }
        if (has_idled(chat)) chat.needs_summary = true;  // the agent starts a new session
        std::optional<LineEntry> message;
        if (!messages->empty()) message = std::move(messages->front());
        if (done) done = begin(db, chat, *std::move(notices), std::move(message));
    }
    if (!done) return done.fault();
    return true;
}

bool Turns::has_idled(const Chat& chat) const {
    return chat.session_used &&
           needs_.clock.now() - *chat.session_used >= needs_.settings.session_idle;
}

Result<void> Turns::hire(Queries& db, Chat& chat, const Look& look) const {
    if (Result<void> gone = retire(db, chat); !gone) return gone;
    Result<std::string> instructions = read_instructions(needs_.settings.instructions_file);
    if (!instructions) {
        needs_.log.error("using the built-in instructions",
                         {{"error", instructions.error().describe()}});
        instructions = std::string(built_in_instructions());
    }
    Result<std::string> note = needs_.note ? needs_.note(db) : needs_.settings.note;
    if (!note) return note.fault();
    if (!note->empty()) instructions->append("\n\n").append(*note);
    const Timestamp now = needs_.clock.now();
    contracts::CreateWorker create;
    static_cast<contracts::QueueMeta&>(create) = contracts::make_meta(needs_.clock);
    create.request_id = contracts::make_uuid4();
    const ChatSettings& settings = needs_.settings;
    create.config.name = "product-owner";
    create.config.worker_type = contracts::WorkerType::po;
    create.config.agent_type = settings.agent_type;
    create.config.instructions = *std::move(instructions);
    create.config.allowed_commands = {"PRODUCT_OWNER"};
    create.config.capabilities = settings.capabilities;
    create.config.env_vars = settings.env_vars;
    create.config.limits = settings.limits;
    create.context = {{"user_id", chat.user_id}};
    // So that the worker starts a new session after the same silence as in `has_idled`.
    for (const std::string_view name : {"SESSION_IDLE_SECONDS", "SESSION_TTL_SECONDS"})
        create.config.env_vars.emplace(name, std::to_string(settings.session_idle.count()));
    const std::string session = chat.session_id.value_or(look.session_id);
    if (!session.empty() && !has_idled(chat)) create.context["session_id"] = session;
    chat.hire_id = create.request_id;
    chat.hires += 1;
    chat.hire_at = now + settings.hire_patience;
    chat.needs_summary = true;
    // With this key, an answer that comes after we have given up is recognised as ours.
    if (Result<bool> noted = chats::see(db, "hire:" + create.request_id, now); !noted)
        return noted.fault();
    return send_create(db, create);
}

// The summary for a worker that knows nothing of the conversation; empty for any other. The message
// of this turn has been recorded already.
Result<std::string> Turns::reminder(Queries& db, const Chat& chat,
                                    const std::optional<LineEntry>& message) const {
    if (!chat.needs_summary) return std::string();
    auto said =
        conversations::last(db, chat.user_id, chat.talk_began.value_or(Timestamp{}), kSummarised);
    if (!said) return said.fault();
    std::erase_if(*said, [&](const contracts::ConversationMessage& one) {
        return message && one.role == Speaker::user && one.text == message->text;
    });
    return summary_of(*said);
}

// A turn includes every waiting notice: they happened before the message.
Result<void> Turns::begin(Queries& db, Chat& chat, std::vector<LineEntry> notices,
                          std::optional<LineEntry> message) const {
    Result<std::string> summary = reminder(db, chat, message);
    if (!summary) return summary.fault();
    for (const LineEntry& notice : notices)
        if (Result<void> erased = chats::erase_from_line(db, notice.seq); !erased) return erased;
    if (message)
        if (Result<void> erased = chats::erase_from_line(db, message->seq); !erased) return erased;
    if (!message) chat.unasked_turns += 1;
    chat.turn_channel = message ? message->channel : chat.channel;
    chat.turn_address = message ? message->address : chat.address;
    chat.turn_correlation = message ? message->correlation : notices.front().correlation;

    const Timestamp now = needs_.clock.now();
    contracts::POWorkerInput input;
    input.request_id = contracts::make_uuid4();
    input.user_id = chat.user_id;
    input.prompt = prompt_of({.summary = *std::move(summary),
                              .notices = std::move(notices),
                              .message = std::move(message)});
    input.timeout = needs_.settings.turn.count();
    input.timestamp = now;
    input.correlation_id = chat.turn_correlation;
    chat.turn_id = input.request_id;
    chat.turn_ends = now + needs_.settings.turn + needs_.settings.turn_grace;
    chat.told_to_wait = false;
    chat.needs_summary = false;
    chat.hires = 0;
    chat.hire_at.reset();
    return send_input(db, *chat.worker_id, input);
}

Result<void> Turns::ask_to_go_on(Queries& db, Chat& chat) const {
    chat.asked_to_go_on = true;
    const std::optional<Place> place = place_of(chat);
    if (!place) return {};
    return send_reply(db, needs_.clock, *place, ReplyKind::notice,
                      "Your Product Owner has acted " + std::to_string(chat.unasked_turns) +
                          " times in a row without a message from you, and now waits. Write \"go "
                          "on\", or what it should do instead.");
}

Result<void> Turns::take_created(Queries& db, Chat& chat,
                                 const contracts::CreateWorkerResponse& response) const {
    if (!response.success || !response.worker_id)
        return hire_failed(db, chat, response.error.value_or("no reason was given"));
    chat.hire_id.reset();
    chat.hire_at.reset();
    chat.worker_id = response.worker_id;
    return chats::save_worker(db, {*response.worker_id, chat.user_id, {}});
}

Result<void> Turns::hire_failed(Queries& db, Chat& chat, const std::string& why) const {
    chat.hire_id.reset();
    needs_.log.warning("could not create a Product Owner",
                       {{"user_id", chat.user_id}, {"try", chat.hires}, {"error", why}});
    if (chat.hires >= needs_.settings.hires) return give_up(db, chat, why);
    const int doublings = static_cast<int>(std::clamp<std::int64_t>(chat.hires - 1, 0, 16));
    chat.hire_at = needs_.clock.now() + needs_.settings.hire_wait * (1 << doublings);
    return {};
}

// Each waiting message is answered with the failure. Notices were shown already, and stay for the
// next Product Owner.
Result<void> Turns::give_up(Queries& db, Chat& chat, const std::string& why) const {
    chat.hires = 0;
    chat.hire_at.reset();
    chat.told_to_wait = false;
    auto waiting = chats::line(db, chat.user_id, LineKind::message, kLongestLine);
    if (!waiting) return waiting.fault();
    for (const LineEntry& message : *waiting) {
        if (Result<void> erased = chats::erase_from_line(db, message.seq); !erased) return erased;
        const Place place{message.channel.value_or(contracts::Channel::terminal),
                          message.address.value_or(""), message.correlation};
        if (Result<void> told =
                send_reply(db, needs_.clock, place, ReplyKind::error,
                           "Your Product Owner could not be started: " + why +
                               ". Your message was not passed on. " + std::string(kSendAgain));
            !told)
            return told;
    }
    if (waiting->empty()) chat.asked_to_go_on = true;  // do not retry forever for notices only
    return {};
}

Result<void> Turns::take_answer(Queries& db, Chat& chat, const ChatWorker& worker,
                                const contracts::POWorkerOutput& output) const {
    const bool ours = chat.turn_id == output.request_id;
    // It was dismissed in the middle of a turn, so its failure is not reported.
    if (!ours && worker.retired_at && output.status != ResultStatus::success) return {};
    const std::string text = without_nul(text_of(output));
    const std::string correlation =
        ours && chat.turn_correlation ? *chat.turn_correlation : output.correlation_id.value_or("");
    Chat spoken = chat;
    if (!ours) end_turn(spoken);  // a late answer goes to the channel of the user's last message
    if (Result<void> kept = record(db, spoken, Speaker::owner, text); !kept) return kept;
    if (const std::optional<Place> place = place_of(spoken, correlation))
        if (Result<void> told = send_reply(
                db, needs_.clock, *place,
                output.status == ResultStatus::success ? ReplyKind::answer : ReplyKind::error,
                text);
            !told)
            return told;
    if (ours) end_turn(chat);
    return {};
}

Result<void> Turns::take_loss(Queries& db, Chat& chat) const {
    const std::optional<Place> place = place_of(chat, chat.turn_correlation.value_or(""));
    end_turn(chat);
    if (Result<void> gone = retire(db, chat); !gone || !place) return gone;
    return send_reply(
        db, needs_.clock, *place, ReplyKind::error,
        "Your Product Owner was stopped in the middle of this. What it had started continues. " +
            std::string(kSendAgain));
}

Result<void> Turns::take_lateness(Queries& db, Chat& chat) const {
    const Timestamp now = needs_.clock.now();
    if (chat.turn_id && chat.turn_ends && *chat.turn_ends <= now) {
        const std::optional<Place> place = place_of(chat, chat.turn_correlation.value_or(""));
        end_turn(chat);
        if (Result<void> gone = retire(db, chat); !gone) return gone;
        if (place)
            return send_reply(db, needs_.clock, *place, ReplyKind::error,
                              "Your Product Owner has said nothing for " +
                                  minutes_of(duration_cast<milliseconds>(needs_.settings.turn)) +
                                  " minutes and was stopped. What it had started continues. " +
                                  std::string(kSendAgain));
    }
    if (chat.hire_id && chat.hire_at && *chat.hire_at <= now)
        return hire_failed(db, chat, "no worker manager has answered");
    // The wait before the next create is over: `advance` will request it.
    if (chat.hire_at && *chat.hire_at <= now) chat.hire_at.reset();
    return {};
}

Result<void> Turns::begin_anew(Queries& db, Chat& chat) const {
    end_turn(chat);
    chat.hire_id.reset();
    chat.hire_at.reset();
    chat.hires = 0;
    chat.unasked_turns = 0;
    chat.asked_to_go_on = false;
    chat.talk_began = needs_.clock.now();
    chat.session_id.reset();
    chat.session_used.reset();
    return retire(db, chat);
}

Result<void> Turns::retire(Queries& db, Chat& chat) const {
    if (!chat.worker_id) return {};
    const std::string worker = *std::exchange(chat.worker_id, std::nullopt);
    if (Result<void> noted = chats::save_worker(db, {worker, chat.user_id, needs_.clock.now()});
        !noted)
        return noted;
    return send_farewell(db, needs_.clock, worker, chat.user_id);
}

}  // namespace control::chat
