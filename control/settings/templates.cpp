#include "control/settings/templates.h"

namespace control {

void read(contracts::Environment& environment, TemplateChoice& settings) {
    settings.source = environment.text("SERVICE_TEMPLATE", "");
    settings.copier = environment.text("COPIER", settings.copier);
    if (environment.find("SCAFFOLD")) settings.scaffolds = environment.flag("SCAFFOLD", true);
}

}  // namespace control
