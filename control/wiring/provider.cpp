#include "control/wiring/provider.h"

#include "control/provider/static_inventory.h"
#include "control/provider/time4vps.h"

namespace control::wiring {

std::shared_ptr<Provider> make_provider(Ports& ports, const ServerSettings& settings) {
    switch (settings.provider) {
        case ProviderChoice::static_inventory:
            return make_static_inventory(settings.inventory_file);
        case ProviderChoice::time4vps: {
            Time4VpsSettings account;
            account.base_url = settings.time4vps_url;
            account.username = settings.time4vps_username;
            account.password = settings.time4vps_password;
            account.os = settings.time4vps_os;
            return make_time4vps(std::move(account), ports.client);
        }
        case ProviderChoice::none:
            break;
    }
    return nullptr;
}

}  // namespace control::wiring
