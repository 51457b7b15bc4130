#include "control/deployer/local/front_way.h"

#include "control/deployer/local/drain.h"
#include "control/deployer/local/first_answer.h"
#include "control/deployer/local/front.h"
#include "control/deployer/local/hosts.h"

namespace control::deployer {

using contracts::fail;
using contracts::Result;

namespace {

class FrontWay final : public WayIn {
public:
    FrontWay(LocalDeployerSettings settings, HttpClient& http)
        : settings_(std::move(settings)), http_(http) {}

    Result<std::optional<DeployFault>> first_answer(Host& host, const VersionName& name,
                                                    const DeploymentSpec& spec,
                                                    const Target& target,
                                                    std::stop_token stop) override {
        return wait_for_answer(host, name, spec, target, http_, std::move(stop));
    }
    Result<Opened> lead(const std::string& key, const Target& target,
                        const Listening& where) override {
        const Front front = this->front(key);
        const auto aimed = front.aimed();
        if (!aimed || aimed->to_json() != target.to_json())
            if (auto led = front.aim(target); !led) return led.fault();
        return front.open(where);
    }
    void drain(const std::string&, const Target& before, std::stop_token stop) override {
        wait_until_drained(before, http_, std::move(stop));
    }
    bool is_open(const std::string& key) override { return front(key).alive(); }
    Result<void> close(const std::string& key) override { return front(key).close(); }

private:
    [[nodiscard]] Front front(const std::string& key) const {
        return {directory_of(settings_, key), settings_.front};
    }

    const LocalDeployerSettings settings_;
    HttpClient& http_;
};

}  // namespace

std::unique_ptr<WayIn> make_front_way(LocalDeployerSettings settings, HttpClient& http) {
    return std::make_unique<FrontWay>(std::move(settings), http);
}

}  // namespace control::deployer
