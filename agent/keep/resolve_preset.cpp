// SPDX-License-Identifier: MIT
#include "keep/resolve_preset.hpp"

#include "keep/well_known.hpp"

namespace envkeep::keep {

manifest::Preset preset_of(const manifest::Keep& keep, const NamedPath& path) {
    if (keep.preset) {
        return *keep.preset;
    }
    return path.is_in_home ? well_known_preset(path.below.text()) : manifest::Preset::none;
}

Form form_of(Form asked, manifest::Preset preset, bool modes_honoured) {
    const bool is_in_store = asked != Form::packed;
    return preset != manifest::Preset::none && !modes_honoured && is_in_store ? Form::copy : asked;
}

}  // namespace envkeep::keep
