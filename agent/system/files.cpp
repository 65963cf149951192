// SPDX-License-Identifier: MIT
#include "envkeep/system/files.hpp"

namespace envkeep::system {

std::string FileReader::absolute(const Place& place) const {
    std::string path = root_path(place.root);
    if (place.path.is_root()) {
        return path;
    }
    if (!path.ends_with('/')) {
        path += '/';
    }
    return path + place.path.text();
}

}  // namespace envkeep::system
