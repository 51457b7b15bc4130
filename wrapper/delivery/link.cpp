#include "wrapper/delivery/link.h"

#include "contracts/base/id.h"

namespace wrapper {

namespace {

using std::chrono::milliseconds;

// Short enough to reconnect within a second of a server's return.
constexpr milliseconds kFirstWait{50};
constexpr milliseconds kLongestWait{700};
constexpr milliseconds kDialTimeout{1000};

}  // namespace

Link::Link(std::string name, const contracts::RedisAddress& address, const contracts::Clock& clock,
           contracts::Log log)
    : name_(std::move(name)),
      address_(address),
      clock_(clock),
      log_(std::move(log)),
      backoff_(kFirstWait, kLongestWait) {}

void Link::disable() {
    enabled_ = false;
    connection_.reset();
}

void Link::watch(PollSet& poll) {
    slot_ = PollSet::kNone;
    flush();
    if (lost_) return poll.wake_at(clock_.instant());
    if (connection_) {
        slot_ = poll.want(connection_->fd(),
                          static_cast<short>(POLLIN | (connection_->wants_write() ? POLLOUT : 0)));
        if (connection_->outstanding() > 0) poll.wake_at(reply_due_);
    } else if (enabled_) {
        poll.wake_at(next_dial_);
    }
}

Link::Change Link::step(const PollSet& poll) {
    readable_ = poll.ready(slot_) != 0;
    if (connection_ && connection_->outstanding() > 0 && clock_.instant() >= reply_due_)
        lose("no reply in time");
    flush();
    if (lost_) {
        lost_ = false;
        return Change::lost;
    }
    if (connection_ || !enabled_ || clock_.instant() < next_dial_) return Change::none;
    contracts::Result<contracts::Connection> dialled =
        contracts::Connection::dial(address_, kDialTimeout);
    if (!dialled) {
        lose(dialled.error().describe());
        lost_ = false;
        return Change::none;
    }
    connection_ = std::move(*dialled);
    readable_ = false;
    return Change::opened;
}

void Link::send(const contracts::OwnedCommand& command, milliseconds patience) {
    before_send(patience);
    connection_->send(command);
}

void Link::send(std::initializer_list<std::string_view> command, milliseconds patience) {
    before_send(patience);
    connection_->send(command);
}

void Link::before_send(milliseconds patience) {
    if (connection_->outstanding() == 0) reply_due_ = clock_.instant() + patience;
}

void Link::flush() {
    if (!connection_) return;
    if (auto flushed = connection_->flush(); !flushed) lose(flushed.error().message);
}

std::optional<contracts::Reply> Link::receive() {
    if (!connection_ || !readable_) return std::nullopt;
    contracts::Result<std::optional<contracts::Reply>> reply = connection_->receive();
    if (!reply) {
        lose(reply.error().message);
        return std::nullopt;
    }
    // A server that replies only with errors counts as unreachable.
    if (*reply && !(*reply)->view().is_error()) {
        if (backoff_.tries() > 0) log_.info("reconnected to Redis", {{"link", name_}});
        backoff_.reset();
    }
    if (*reply)
        reply_due_ = clock_.instant() + contracts::kCommandTimeout;
    else
        readable_ = false;
    return std::move(*reply);
}

void Link::drop(std::string_view why) {
    lose(why);
}

void Link::lose(std::string_view why) {
    connection_.reset();
    lost_ = true;
    last_error_ = why;
    const milliseconds wait = backoff_.next(contracts::random_number());
    next_dial_ = clock_.instant() + wait;
    if (backoff_.tries() == 1)
        log_.warning("lost the connection to Redis", {{"link", name_}, {"reason", last_error_}});
}

}  // namespace wrapper
