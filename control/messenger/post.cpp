#include "control/messenger/post.h"

#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"

namespace control {

using contracts::fail;
using contracts::Result;

namespace {

contracts::ConsumerSettings settings_for(contracts::Channel channel) {
    const std::string_view name = contracts::to_text(channel);
    return {.streams = {contracts::names::chat_outbox(name)},
            .group = std::string(contracts::names::kChatGroup),
            .name = contracts::names::consumer_name(name),
            .service = std::string(name),
            .batch = 1};
}

}  // namespace

MouthPost::MouthPost(std::unique_ptr<Messenger> messenger, contracts::RedisAddress redis,
                     const contracts::Clock& clock, contracts::Log log)
    : messenger_(std::move(messenger)),
      inbox_(redis),
      outbox_(
          std::move(redis), settings_for(messenger_->channel()),
          [this](const contracts::Entry& entry) -> Result<void> {
              Result<contracts::ChatReply> reply =
                  contracts::parse_entry<contracts::ChatReply>(entry);
              if (!reply) return reply.fault();
              return messenger_->show(*reply);
          },
          clock, std::move(log)) {}

MouthPost::~MouthPost() {
    stop();
}

Result<void> MouthPost::start() {
    if (Result<void> listens = messenger_->start(
            [this](const contracts::ChatMessage& message) { return deliver(message); });
        !listens)
        return listens;
    outbox_.start();
    return {};
}

void MouthPost::stop() {
    inbox_.interrupt();
    messenger_->stop();
    outbox_.stop();
}

Result<void> MouthPost::health() const {
    if (Result<void> works = messenger_->health(); !works) return works;
    return outbox_.health();
}

Result<void> MouthPost::deliver(const contracts::ChatMessage& message) {
    const std::scoped_lock lock(guard_);
    Result<contracts::Connection*> connection = inbox_.connection();
    if (!connection) return connection.fault();
    Result<std::string> sent =
        contracts::publish(**connection, contracts::names::kChatInbox, message);
    if (!sent) return sent.fault();
    return {};
}

}  // namespace control
