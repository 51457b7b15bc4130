#include "control/graphs/kit/call.h"

namespace control::graphs {

Next call(const Moment& moment, std::string name, Json arguments,
          std::chrono::milliseconds patience) {
    return Wait{{moment.effects.call(std::move(name), std::move(arguments))},
                moment.turn.now + patience};
}

CallEnd call_end(const Moment& moment, std::string_view who) {
    if (moment.is(kTimeout))
        return {.kind = "transient",
                .error = std::string(who) + " did not answer",
                .value = Json::object()};
    CallEnd end;
    const Json& body = moment.body();
    const auto ok = body.find("ok");
    end.ok = ok != body.end() && ok->is_boolean() && ok->get<bool>();
    end.kind = moment.text("kind");
    end.error = moment.text("error");
    if (const auto value = body.find("value"); value != body.end()) end.value = *value;
    if (!end.value.is_object()) end.value = Json::object();
    return end;
}

}  // namespace control::graphs
