// SPDX-License-Identifier: MIT
#include "envkeep/system/recorder.hpp"

#include <utility>

namespace envkeep::system {

Result<Node> Recorder::node(const std::string& path) const {
    Result<Node> found = inner_.node(path);
    if (found && found->kind != Kind::absent) {
        recording_.nodes.insert_or_assign(path, *found);
    }
    return found;
}

int Recorder::access_error(const std::string& path) const {
    const int error = inner_.access_error(path);
    static_cast<void>(node(path));
    recording_.access_errors[path] = error;
    return error;
}

const std::string& Recorder::note_part(const std::string& path,
                                       std::uint64_t offset,
                                       const std::string& bytes) const {
    auto known = recording_.real_paths.find(path);
    if (known == recording_.real_paths.end()) {
        known = recording_.real_paths.emplace(path, inner_.real_path(path).value_or(path)).first;
    }
    std::string& part = recording_.parts[known->second][offset];
    if (bytes.size() > part.size()) {
        part = bytes;
    }
    return known->second;
}

Result<std::string> Recorder::read(const std::string& path, std::uint64_t limit) const {
    Result<std::string> bytes = inner_.read(path, limit);
    if (bytes) {
        note_part(path, 0, *bytes);
    }
    return bytes;
}

Result<std::string> Recorder::read_at(const std::string& path,
                                      std::uint64_t offset,
                                      std::uint64_t count) const {
    Result<std::string> bytes = inner_.read_at(path, offset, count);
    if (bytes) {
        const std::string& real = note_part(path, offset, *bytes);
        if (!recording_.sizes.contains(real)) {
            recording_.sizes[real] = inner_.node(real).value_or(Node{}).size;
        }
    }
    return bytes;
}

std::vector<Entry> Recorder::list(const std::string& path) const {
    std::vector<Entry> entries = inner_.list(path);
    recording_.folders.insert_or_assign(path, entries);
    return entries;
}

Result<std::string> Recorder::link_target(const std::string& path) const {
    Result<std::string> target = inner_.link_target(path);
    if (target) {
        recording_.links.insert_or_assign(path, *target);
    }
    return target;
}

Result<std::string> Recorder::real_path(const std::string& path) const {
    Result<std::string> real = inner_.real_path(path);
    if (real) {
        recording_.real_paths.insert_or_assign(path, *real);
    }
    return real;
}

Result<Space> Recorder::space(const std::string& path) const {
    Result<Space> found = inner_.space(path);
    if (found) {
        recording_.spaces.insert_or_assign(path, *found);
    }
    return found;
}

}  // namespace envkeep::system
