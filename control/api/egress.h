// The connections of workers that were refused, as the API shows them.
#pragma once

#include "control/store/egress_refusals.h"

namespace control {

struct EgressRefusalResource {
    using Entity = EgressRefusal;
    static constexpr auto list = &egress_refusals::list;
};

}  // namespace control
