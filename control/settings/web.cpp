#include "control/settings/web.h"

namespace control {

using namespace std::chrono_literals;

void read(contracts::Environment& environment, WebSettings& settings) {
    settings.session = environment.seconds("WEB_SESSION", settings.session, 60s, 30 * 24h);
    settings.watchers = environment.number("WEB_WATCHERS", settings.watchers, 1, 100'000);
}

}  // namespace control
