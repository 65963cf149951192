// SPDX-License-Identifier: MIT
#include "envkeep/core/digest.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "packages/metadata.hpp"
#include "packages/readers.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::packages {
namespace {

constexpr std::size_t metadata_head_length = std::size_t{8} << 10U;
constexpr std::uint64_t largest_record = std::uint64_t{64} << 20U;
constexpr std::uint64_t largest_direct_url = std::uint64_t{256} << 10U;
constexpr std::size_t record_digits = 16;

class SiteReader {
  public:
    SiteReader(Taking& taking, const Spot& site, const Prefix& prefix)
        : taking_(taking),
          site_(site),
          is_debians_(site.shown.starts_with("/usr/lib/python3") &&
                      site.shown.ends_with("/dist-packages")),
          is_condas_(prefix.kind == PrefixKind::conda),
          origin_(taking.origin_of_all_in(site.real)) {}

    void read() {
        for (const system::Entry& entry : taking_.list(site_.real)) {
            if (entry.name.starts_with('~')) {
                taking_.note(NoteKind::interrupted_pip, package_named(entry.name, entry));
            } else if (entry.name.ends_with(".dist-info")) {
                read_dist_info(entry);
            } else if (entry.name.ends_with(".egg-info")) {
                read_egg_info(entry);
            } else if (entry.name.ends_with(".egg-link")) {
                read_egg_link(entry);
            } else if (entry.name.ends_with(".egg") && entry.kind == system::Kind::folder) {
                read_egg(entry);
            }
        }
    }

  private:
    // What bears no name is called as what it stands in.
    [[nodiscard]] Package package_named(std::string_view name, const system::Entry& entry) const {
        return {.domain = Domain::python,
                .place = site_.shown,
                .name = name.empty() ? entry.name : std::string(name)};
    }

    // Name and version as the metadata say, else as the folder is called.
    Package package_of(const system::Entry& entry, const std::string& metadata) {
        const std::string path = site_.real + '/' + entry.name;
        const std::string head = taking_.head(path + metadata, metadata_head_length);
        const NameAndVersion by_folder = from_folder_name(entry.name);
        const std::string_view name = header_field(head, "Name");
        const std::string_view version = header_field(head, "Version");
        Package package = package_named(normalised(name.empty() ? by_folder.name : name), entry);
        package.version = version.empty() ? by_folder.version : std::string(version);
        if (entry.kind == system::Kind::link) {
            taking_.note(NoteKind::link, package, entry.name);
        } else if (name.empty() || version.empty()) {
            taking_.note(NoteKind::damaged, package, entry.name + metadata);
        }
        // Of the file: what a removal takes out of a folder changes only the folder.
        const std::string asked = taking_.options().is_of_session ? path : path + metadata;
        package.origin = origin_.has_value() ? *origin_ : taking_.origin_of(asked);
        return package;
    }

    // Without its metadata it is what a removal, or an installation, left that was killed: no
    // program takes it for a distribution.
    void read_dist_info(const system::Entry& entry) {
        Package package = package_of(entry, "/METADATA");
        const std::string path = site_.real + '/' + entry.name;
        if (entry.kind == system::Kind::folder &&
            taking_.status(path + "/METADATA").kind == system::Kind::absent) {
            return;
        }
        bool is_requested = false;
        for (const system::Entry& inner : taking_.list(path)) {
            if (inner.name == "INSTALLER") {
                const std::string text = taking_.head(path + "/INSTALLER", 256);
                package.installer = trimmed(text.substr(0, text.find('\n')));
            } else if (inner.name == "REQUESTED") {
                is_requested = true;
            } else if (inner.name == "RECORD") {
                if (const auto record = taking_.read(path + "/RECORD", largest_record, package)) {
                    package.record = digest_of(*record).text().substr(0, record_digits);
                }
            } else if (inner.name == "direct_url.json") {
                read_direct_url(path + "/direct_url.json", package);
            }
        }
        settle_installer(package);
        if (is_requested) {
            package.asked = Asked::asked_for;
        } else if (package.installer == "pip" || package.installer == "uv") {
            package.asked = Asked::brought_along;
        }
        taking_.add(std::move(package));
    }

    void settle_installer(Package& package) const {
        if (package.installer.empty() && is_debians_) {
            package.installer = "debian";
        }
        if (package.installer == "conda") {
            // It names a folder of the machine that built the package.
            package.url.clear();
            package.commit.clear();
            package.is_editable = false;
        }
    }

    void read_direct_url(const std::string& path, Package& package) {
        const auto text = taking_.read(path, largest_direct_url, package);
        if (!text) {
            return;
        }
        const auto json = Json::parse(*text);
        std::string url = json ? scrubbed(json->text_or("url", "")) : std::string{};
        if (url.empty()) {
            taking_.note(NoteKind::damaged, package, "direct_url.json");
            return;
        }
        if (const Json* const vcs = json->find("vcs_info")) {
            url = vcs->text_or("vcs", "git") + '+' + url;
            package.commit = vcs->text_or("commit_id", "");
        }
        if (const Json* const folder = json->find("dir_info")) {
            package.is_editable = folder->flag_or("editable", false);
        }
        const std::string below = json->text_or("subdirectory", "");
        package.url = below.empty() ? url : url + "#subdirectory=" + below;
    }

    void read_egg_info(const system::Entry& entry) {
        Package package =
            package_of(entry, entry.kind == system::Kind::folder ? "/PKG-INFO" : std::string{});
        settle_installer(package);
        if (is_condas_ && package.installer.empty()) {
            package.installer = "conda";
        }
        taking_.add(std::move(package));
    }

    void read_egg(const system::Entry& entry) {
        taking_.add(package_of(entry, "/EGG-INFO/PKG-INFO"));
    }

    // "setup.py develop": the first line is the folder of the sources.
    void read_egg_link(const system::Entry& entry) {
        const std::string text = taking_.head(site_.real + '/' + entry.name, metadata_head_length);
        const std::string folder(trimmed(text.substr(0, text.find('\n'))));
        Package package = package_named(
            normalised(std::string_view(entry.name).substr(0, entry.name.rfind('.'))), entry);
        package.url = "file://" + folder;
        package.is_editable = true;
        package.asked = Asked::asked_for;
        package.origin =
            origin_.has_value() ? *origin_ : taking_.origin_of(site_.real + '/' + entry.name);
        for (const system::Entry& inner : taking_.list(folder)) {
            if (inner.name.ends_with(".egg-info")) {
                const std::string head =
                    taking_.head(folder + '/' + inner.name + "/PKG-INFO", metadata_head_length);
                package.version = header_field(head, "Version");
                break;
            }
        }
        taking_.add(std::move(package));
    }

    Taking& taking_;
    const Spot& site_;
    bool is_debians_;
    bool is_condas_;
    std::optional<Origin> origin_;
};

}  // namespace

void take_site(Taking& taking, const Spot& site, const Prefix& prefix) {
    SiteReader(taking, site, prefix).read();
}

void take_python(Taking& taking, const std::vector<Prefix>& prefixes) {
    std::vector<std::string> seen;
    for (const Prefix& prefix : prefixes) {
        if (prefix.kind == PrefixKind::tool) {
            continue;
        }
        for (const Spot& site : site_folders(taking, prefix)) {
            if (std::ranges::find(seen, site.real) == seen.end()) {
                seen.push_back(site.real);
                take_site(taking, site, prefix);
            }
        }
    }
}

}  // namespace envkeep::packages
