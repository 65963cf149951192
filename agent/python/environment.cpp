// SPDX-License-Identifier: MIT
#include "envkeep/python/environment.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/folders.hpp"
#include "python/paths.hpp"
#include "python/version_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_config = 64U << 10U;
constexpr std::uint64_t largest_site = 1U << 20U;
constexpr int first_with_home = 11;  // getpath.c before looked beside the real program only

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::optional<VirtualConfig> config_in(const system::Inspector& machine,
                                       const std::string& folder) {
    const std::string path = folder + "/pyvenv.cfg";
    const auto text = machine.read(path, largest_config);
    if (!text) {
        return std::nullopt;
    }
    ConfigText config = parse_config(*text);
    return VirtualConfig{.path = path,
                         .home = std::move(config.home),
                         .version = std::move(config.version),
                         .has_system_site = config.has_system_site,
                         .is_of_uv = config.is_of_uv};
}

std::optional<VirtualConfig> config_near(const system::Inspector& machine,
                                         const std::string& program) {
    const std::string folder = parent_of(program);
    auto config = config_in(machine, folder);
    return config ? config : config_in(machine, parent_of(folder));
}

// X.Y and the letter behind it: "3.13" and "t" of "python3.13t".
struct NamedVersion {
    std::string version;
    std::string flags;
};

std::optional<NamedVersion> version_of_name(std::string_view name) {
    const bool is_threaded = name.ends_with('t');
    auto version = version_in_name(is_threaded ? name.substr(0, name.size() - 1) : name);
    return version ? std::optional(NamedVersion{.version = *std::move(version),
                                                .flags = is_threaded ? "t" : ""})
                   : std::nullopt;
}

class EnvironmentReader {
  public:
    EnvironmentReader(Folders& folders, const std::string& program, const std::string& real)
        : folders_(folders), machine_(folders.machine()) {
        found_.program = program;
        found_.real_program = real;
    }

    Environment find() && {
        find_program();
        found_.virtual_config = config_near(machine_, found_.program);
        find_version();
        find_base();
        read_site();
        find_kind();
        find_faults();
        return std::move(found_);
    }

  private:
    void find_program() {
        named_ = found_.real_program.empty() ? last_target() : found_.real_program;
        if (found_.real_program.empty() || !is_file(machine_, found_.real_program)) {
            found_.real_program.clear();
            found_.faults.push_back(Fault::program_missing);
        }
    }

    // Where a chain of links points to that ends in nothing.
    [[nodiscard]] std::string last_target() const {
        constexpr int most_links = 40;  // as the kernel
        std::string path = found_.program;
        for (int links = 0; links < most_links; ++links) {
            const auto target = machine_.link_target(path);
            if (!target) {
                break;
            }
            path = absolute(parent_of(path), *target);
        }
        return path;
    }

    void take(NamedVersion named) {
        found_.version = std::move(named.version);
        found_.abi_flags = std::move(named.flags);
    }

    void find_version() {
        if (auto named = version_of_name(name_of(named_))) {
            take(*std::move(named));
            return;
        }
        // A copy of the program in a virtual environment is called "python".
        const auto written =
            found_.virtual_config ? major_and_minor(found_.virtual_config->version) : std::nullopt;
        if (written) {
            found_.version = *written;
        } else if (auto library = only_library(parent_of(parent_of(named_)))) {
            take(*std::move(library));
        } else {
            found_.faults.push_back(Fault::version_unknown);
        }
    }

    // Folders of other versions may be left over; only the installed one has its standard library.
    [[nodiscard]] std::optional<NamedVersion> only_library(const std::string& prefix) {
        std::optional<NamedVersion> only;
        for (const system::Entry& entry : folders_.in(prefix + "/lib")) {
            auto named = version_of_name(entry.name);
            if (named && is_file(machine_, fmt::format("{}/lib/{}/os.py", prefix, entry.name))) {
                if (only) {
                    return std::nullopt;
                }
                only = *std::move(named);
            }
        }
        return only;
    }

    // Programs of many versions search the same folders, most of which are not there.
    [[nodiscard]] bool has_library(const std::string& prefix, std::string_view folder) {
        const std::string libraries = fmt::format("{}/{}", prefix, folder);
        if (!folders_.is_folder(libraries)) {
            return false;
        }
        const std::string library = fmt::format("{}/{}/os.py", libraries, found_.library_name());
        return is_file(machine_, library) || is_file(machine_, library + 'c');
    }

    // Where the search for the base begins.
    [[nodiscard]] std::string first_folder() const {
        const bool asks_config =
            minor_of(found_.version) >= first_with_home ||
            (found_.is_virtual() && config_near(machine_, named_) == found_.virtual_config);
        return asks_config && found_.is_virtual() && found_.virtual_config->home.starts_with('/')
                   ? found_.virtual_config->home
                   : parent_of(named_);
    }

    bool take_base(const std::string& prefix) {
        for (const std::string_view folder : {"lib", "lib64"}) {
            if (has_library(prefix, folder)) {
                found_.base_prefix = prefix;
                found_.library_folder = folder;
                return true;
            }
        }
        return false;
    }

    // The last resort is the prefix that was compiled in, for which the program's own stands here.
    void find_base() {
        bool is_found = false;
        for (std::string prefix = first_folder(); !prefix.empty() && !is_found;
             prefix = parent_of(prefix)) {
            is_found = take_base(prefix);
        }
        const std::string compiled_in = parent_of(parent_of(named_));
        if (!is_found && !take_base(compiled_in)) {
            found_.base_prefix = compiled_in;
            found_.faults.push_back(Fault::library_missing);
        }
        // Wherever pyvenv.cfg lies: Lib/site.py takes the folder above the program's.
        found_.prefix =
            found_.is_virtual() ? parent_of(parent_of(found_.program)) : found_.base_prefix;
    }

    void read_site() {
        const bool has_library =
            std::ranges::find(found_.faults, Fault::library_missing) == found_.faults.end();
        const std::string text =
            has_library
                ? machine_.read(found_.library() + "/site.py", largest_site).value_or(std::string())
                : std::string();
        found_.site = {
            .has_dist_packages =
                text.empty() ? found_.base_prefix == "/usr" : holds(text, "\"dist-packages\""),
            .has_usr_local = holds(text, "PREFIXES.insert(0, \"/usr/local\")"),
            .asks_virtual_env = holds(text, "'VIRTUAL_ENV' in os.environ"),
            .skips_hidden_files = text.empty() ? minor_of(found_.version) >= 13
                                               : holds(text, "not name.startswith(\".\")"),
            .skips_byte_order_mark =
                text.empty() ? minor_of(found_.version) >= 13 : holds(text, "utf-8-sig"),
        };
    }

    void find_kind() {
        if (found_.site.has_dist_packages) {
            found_.build = Build::debian;
        } else if (is_folder(machine_, found_.base_prefix + "/conda-meta")) {
            found_.build = Build::conda;
        }
    }

    void find_faults() {
        if (found_.is_virtual()) {
            const VirtualConfig& config = *found_.virtual_config;
            if (!config.home.empty() && !is_folder(machine_, config.home)) {
                found_.faults.push_back(Fault::home_missing);
            }
            const auto written = major_and_minor(config.version);
            if (written && !found_.version.empty() && *written != found_.version) {
                found_.faults.push_back(Fault::version_differs);
            }
        }
        std::ranges::sort(found_.faults);
    }

    Folders& folders_;
    const system::Inspector& machine_;
    std::string named_;  // the real program, or where the link to it points
    Environment found_;
};

}  // namespace

std::string_view word_of(Build build) {
    switch (build) {
        case Build::debian:
            return "debian";
        case Build::conda:
            return "conda";
        case Build::upstream:
            break;
    }
    return "upstream";
}

std::string_view word_of(Fault fault) {
    switch (fault) {
        case Fault::program_missing:
            return "program missing";
        case Fault::version_unknown:
            return "version unknown";
        case Fault::library_missing:
            return "standard library missing";
        case Fault::home_missing:
            return "home of pyvenv.cfg missing";
        case Fault::version_differs:
            break;
    }
    return "made for another version";
}

Environment read_environment(Folders& folders,
                             const std::string& program,
                             const std::string& real_path) {
    return EnvironmentReader(folders, program, real_path).find();
}

}  // namespace envkeep::python
