#include "control/messenger/terminal/terminal.h"

#include "contracts/base/backoff.h"
#include "contracts/base/id.h"
#include "contracts/fields/write.h"
#include "contracts/streams/entry.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/words.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <csignal>
#include <deque>
#include <set>

namespace control {

namespace names = contracts::names;

using contracts::ChatMessage;
using contracts::ChatReply;
using contracts::Connection;
using contracts::fail;
using contracts::Result;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kBlock = "5000";         // for each read, in milliseconds
constexpr std::string_view kPlaceKept = "7776000";  // 90 days, in seconds

class TerminalChat {
public:
    TerminalChat(const TerminalSettings& settings, const contracts::Clock& clock)
        : settings_(settings),
          clock_(clock),
          outbox_(names::chat_outbox(contracts::to_text(contracts::Channel::terminal))),
          place_("chat:terminal:" + settings.user_id) {}

    Result<void> run() {
        sigset_t signals;
        sigemptyset(&signals);
        for (const int one : {SIGINT, SIGTERM, SIGHUP})
            sigaddset(&signals, one);
        signals_ = contracts::UniqueFd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
        if (!signals_.valid()) return fail(contracts::system_error(errno, "signalfd"));
        if (Result<void> connected = connect(); !connected) return connected;
        screen_ =
            make_screen([this](std::string line) { take(std::move(line)); }, settings_.history);
        if (!screen_->waits_for_answers())
            screen_->say("Write what you want built, or /help. Ctrl-C leaves; the work continues.");
        while (!is_over())
            step();
        return {};
    }

private:
    [[nodiscard]] bool is_over() const {
        if (told_to_go_) return true;
        if (!input_ended_) return false;
        return !screen_->waits_for_answers() || (unanswered_.empty() && unsent_.empty());
    }

    Result<void> connect() {
        for (std::optional<Connection>* one : {&reading_, &writing_}) {
            Result<Connection> dialled = Connection::dial(settings_.redis);
            if (!dialled) return dialled.fault();
            one->emplace(*std::move(dialled));
        }
        if (last_.empty())
            if (Result<void> found = find_place(); !found) return found;
        ask();
        return {};
    }

    // The place at which this user stopped reading; the first time, the stream's end.
    Result<void> find_place() {
        Result<contracts::Reply> place = writing_->command({"GET", place_});
        if (!place) return place.fault();
        last_ = std::string(place->view().text());
        if (!last_.empty()) return {};
        Result<contracts::Reply> end =
            writing_->command({"XREVRANGE", outbox_, "+", "-", "COUNT", "1"});
        if (!end) return end.fault();
        last_ = end->view().size() > 0 ? std::string(end->view()[0][0].text()) : "0-0";
        return {};
    }

    void ask() {
        reading_->send({"XREAD", "COUNT", "100", "BLOCK", kBlock, "STREAMS", outbox_, last_});
    }

    void step() {
        if (!reading_ || reading_->broken() || !writing_ || writing_->broken()) return dial_again();
        send_all();
        if (writing_->broken()) return;
        if (!reading_->flush()) return;
        pollfd ready[] = {{signals_.get(), POLLIN, 0},
                          {reading_->fd(), POLLIN, 0},
                          {input_ended_ ? -1 : STDIN_FILENO, POLLIN, 0}};
        if (::poll(ready, std::size(ready), -1) < 0) return;
        if (ready[0].revents != 0) told_to_go_ = true;
        if (told_to_go_) return;
        if (ready[1].revents != 0) receive();
        if (ready[2].revents != 0 && !screen_->read()) input_ended_ = true;
    }

    void dial_again() {
        screen_->say("The connection to the daemon is lost; trying again …");
        contracts::Backoff backoff(200ms, 5s);
        while (!told_to_go_ && !connect()) {
            pollfd ready{signals_.get(), POLLIN, 0};
            const auto pause = backoff.next(contracts::random_number());
            if (::poll(&ready, 1, static_cast<int>(pause.count())) > 0) told_to_go_ = true;
        }
        if (!told_to_go_) screen_->say("Connected again.");
    }

    void receive() {
        Result<std::optional<contracts::Reply>> reply = reading_->receive();
        if (!reply || !*reply) return;
        if ((*reply)->view().is_error()) {
            told_to_go_ = true;
            screen_->say("Redis refused the request: " + std::string((*reply)->view().text()));
            return;
        }
        for (const contracts::Entry& entry : contracts::read_streams((*reply)->view()).present) {
            last_ = entry.id;
            const Result<ChatReply> message = contracts::parse_entry<ChatReply>(entry);
            if (message && message->address == settings_.user_id) show(*message);
        }
        ask();
    }

    void show(const ChatReply& reply) {
        screen_->show(reply);
        if (reply.kind == contracts::ReplyKind::answer || reply.kind == contracts::ReplyKind::error)
            unanswered_.erase(reply.correlation_id);
        if (reply.kind == contracts::ReplyKind::progress) return;
        // If this fails, the reply is shown once more the next time.
        (void)writing_->command(contracts::words({"SET", place_, last_, "EX", kPlaceKept}));
    }

    void take(std::string line) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) return;
        ChatMessage message;
        static_cast<contracts::QueueMeta&>(message) = contracts::make_meta(clock_);
        message.request_id = message.message_id = message.correlation_id;
        message.user_id = message.address = settings_.user_id;
        message.channel = contracts::Channel::terminal;
        message.text = std::move(line);
        unanswered_.insert(message.correlation_id);
        unsent_.push_back(std::move(message));
    }

    void send_all() {
        for (; !unsent_.empty(); unsent_.pop_front())
            if (!contracts::publish(*writing_, names::kChatInbox, unsent_.front())) return;
    }

    const TerminalSettings& settings_;
    const contracts::Clock& clock_;
    std::string outbox_;
    std::string place_;  // the key that stores `last_`
    std::string last_;   // the last entry that was read
    contracts::UniqueFd signals_;
    std::optional<Connection> reading_;
    std::optional<Connection> writing_;
    std::deque<ChatMessage> unsent_;
    std::set<std::string> unanswered_;
    bool input_ended_ = false;
    bool told_to_go_ = false;
    std::unique_ptr<Screen> screen_;
};

}  // namespace

Result<void> run_terminal_chat(const TerminalSettings& settings, const contracts::Clock& clock) {
    return TerminalChat(settings, clock).run();
}

}  // namespace control
