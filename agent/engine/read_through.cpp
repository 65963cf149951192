// SPDX-License-Identifier: MIT
#include "engine/read_through.hpp"

namespace envkeep::engine {
Result<system::Place> real_place(system::FileReader& files, const std::string& absolute) {
    ENVKEEP_TRY(const std::string real, files.real_path(absolute));
    const std::size_t slash = real.rfind('/');
    ENVKEEP_TRY(const system::RootId root,
                files.open_root(slash == 0 ? "/" : real.substr(0, slash)));
    ENVKEEP_TRY(RelPath name, RelPath::parse(real.substr(slash + 1)));
    return system::Place{.root = root, .path = std::move(name)};
}

manifest::ReadFile read_through(system::FileReader& files) {
    return [&files](const std::string& absolute) -> Result<std::string> {
        ENVKEEP_TRY(const system::Place place, real_place(files, absolute));
        return files.read_file(place, manifest::largest_manifest);
    };
}

}  // namespace envkeep::engine
