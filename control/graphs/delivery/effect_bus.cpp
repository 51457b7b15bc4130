#include "control/graphs/delivery/effect_bus.h"

#include "contracts/base/json.h"
#include "contracts/streams/names.h"
#include "contracts/streams/publisher.h"
#include "contracts/streams/together.h"

namespace control::graphs {

using contracts::Connection;
using contracts::Reply;

namespace {

std::string note_key(const std::string& owner) {
    return "graphs:published:" + owner;
}

class RedisEffectBus final : public EffectBus {
public:
    explicit RedisEffectBus(contracts::RedisAddress address) : bus_(std::move(address)) {}

    Result<void> publish(const std::string& owner, std::span<const OutboxEffect> effects) override {
        Result<Connection*> connection = bus_.connection();
        if (!connection) return connection.fault();
        std::vector<contracts::OwnedCommand> commands;
        contracts::Json keys = contracts::Json::array();
        for (const OutboxEffect& effect : effects) {
            commands.push_back(contracts::publish_command(effect.target, effect.body));
            if (effect.target.starts_with(contracts::names::task_progress({})))
                commands.push_back(
                    contracts::expire_command(effect.target, contracts::names::kProgressTtl));
            keys.push_back(effect.key);
        }
        commands.push_back({"SET", note_key(owner), contracts::dump_json(keys)});
        Result<void> done = contracts::do_together(**connection, commands);
        if (!done) return fail(std::move(done.error()).context("publish effects"));
        return {};
    }

    Result<std::vector<std::string>> last_published(const std::string& owner) override {
        Result<Connection*> connection = bus_.connection();
        if (!connection) return connection.fault();
        Result<Reply> note = (*connection)->command({"GET", note_key(owner)});
        if (!note) return fail(std::move(note.error()).context("read the note of effects"));
        std::vector<std::string> keys;
        if (note->view().is_nil()) return keys;
        Result<contracts::Json> list = contracts::parse_json(note->view().text());
        if (!list || !list->is_array()) return keys;
        for (const contracts::Json& key : *list)
            if (key.is_string()) keys.push_back(key.get<std::string>());
        return keys;
    }

    void interrupt() override { bus_.interrupt(); }

private:
    Bus bus_;
};

}  // namespace

std::unique_ptr<EffectBus> make_redis_effect_bus(contracts::RedisAddress address) {
    return std::make_unique<RedisEffectBus>(std::move(address));
}

}  // namespace control::graphs
