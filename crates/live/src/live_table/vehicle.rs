use std::{collections::BTreeSet, sync::Arc};

use domain::{
    AccessScope, GroupId, OrganizationId, VehicleId,
    telemetry::{ConnectionStatus, PositionTrack, SetBackWatch, Timestamp, VehicleRuntimeState},
    vehicle::{Vehicle, VehicleName, VehicleStatus, VehicleType, Version},
};
use time::OffsetDateTime;

use crate::{
    encoded::EncodedPart,
    filter::Condition,
    indices::RoomId,
    interest::{Candidate, Interest},
    kept_age::KeptAge,
    key_standing::KeyStanding,
    membership::{Membership, RoomRef},
    moment::Moment,
    record::Series,
    rejections::Rejections,
    traced::MessageNumbers,
    vehicle_info::VehicleInfo,
    view::VehicleView,
};

#[derive(Debug)]
pub(crate) struct LiveVehicle {
    pub(crate) id: VehicleId,
    pub(crate) name: VehicleName,
    pub(crate) organization_id: OrganizationId,
    pub(crate) group_ids: BTreeSet<GroupId>,
    pub(crate) kind: VehicleType,
    pub(crate) version: Version,
    pub(crate) is_enabled: bool,
    pub(crate) status: VehicleStatus,
    /// Time of the last report that contains a status.
    pub(crate) status_reported_at: Option<Timestamp>,
    /// Time, by the registry's clock, at which it last recorded a reported status. Data that was changed earlier may
    /// contain a status from before.
    pub(crate) status_recorded_at: Option<OffsetDateTime>,
    /// Time of the last change of the status by a user since the vehicle was added.
    pub(crate) status_set_at: Option<Timestamp>,
    pub(crate) track: PositionTrack,
    pub(crate) state: Option<VehicleRuntimeState>,
    /// Detects that the robot's clock was set back, for states. Positions have their own detection in `track`.
    pub(crate) state_set_back: SetBackWatch,
    pub(crate) series: Series,
    /// Numbers of the messages that `track` and `state` are from.
    pub(crate) messages: MessageNumbers,
    pub(crate) rejections: Rejections,
    pub(crate) connection: ConnectionStatus,
    pub(crate) received_at: Option<Moment>,
    /// Running time at the arrival of the newest message, in microseconds; 0 if this server has received none.
    pub(crate) heard_us: u64,
    /// Age of the newest data read from the live keys, for a vehicle from which this server has received no message.
    pub(crate) kept: Option<KeptAge>,
    pub(crate) has_staleness_timer: bool,
    pub(crate) keys: KeyStanding,
    /// Distinguishes the vehicle from a later one at the same index.
    pub(crate) generation: u64,
    /// The rooms whose subscribers want the vehicle; complete only after [`crate::hub::Hub::settle`].
    pub(crate) rooms: Membership,
    /// The rooms with filters that may have the vehicle in their views, or into which its latest change may bring it. A
    /// set, because there may be thousands.
    pub(crate) filtered: BTreeSet<RoomRef>,
    /// The registry's data of the vehicle, except that the status may be outdated; see [`LiveVehicle::vehicle`].
    pub(crate) data: Arc<Vehicle>,
    /// Value of [`super::LiveTable::appearances`] since which the vehicle has been visible to subscribers in its
    /// current groups; `None` while it is disabled or has no data.
    pub(super) visible_since: Option<u64>,
    view: Option<Arc<VehicleView>>,
    info: Option<Arc<VehicleInfo>>,
}

impl LiveVehicle {
    /// Creates the data of a vehicle from which nothing has been received.
    pub(super) fn new(vehicle: &Vehicle, generation: u64) -> Self {
        Self {
            id: vehicle.id,
            name: vehicle.name.clone(),
            organization_id: vehicle.organization_id,
            group_ids: vehicle.group_ids.clone(),
            kind: vehicle.kind(),
            version: vehicle.version,
            is_enabled: vehicle.is_enabled,
            status: vehicle.status,
            status_reported_at: None,
            status_recorded_at: None,
            status_set_at: None,
            track: PositionTrack::default(),
            state: None,
            state_set_back: SetBackWatch::default(),
            series: Series::default(),
            messages: MessageNumbers::default(),
            rejections: Rejections::default(),
            connection: ConnectionStatus::Disconnected,
            received_at: None,
            heard_us: 0,
            kept: None,
            has_staleness_timer: false,
            keys: KeyStanding::default(),
            generation,
            rooms: Membership::default(),
            filtered: BTreeSet::new(),
            data: Arc::new(vehicle.clone()),
            visible_since: None,
            view: None,
            info: None,
        }
    }

    /// Returns the current view of the vehicle, which is shared until it is outdated.
    pub(crate) fn view(&mut self) -> Arc<VehicleView> {
        if let Some(view) = &self.view {
            return Arc::clone(view);
        }
        let view = Arc::new(VehicleView {
            vehicle_id: self.id,
            kind: self.kind,
            position: self.track.newest().cloned(),
            state: self.state.clone(),
            status: self.status,
            connection: self.connection,
            received_at: self.received_at,
            messages: self.messages,
            encoded: EncodedPart::default(),
        });
        self.view = Some(Arc::clone(&view));
        view
    }

    /// Returns `true` if a position or a state is known.
    pub(crate) const fn has_data(&self) -> bool {
        self.track.newest().is_some() || self.state.is_some()
    }

    pub(crate) fn outdate_view(&mut self) {
        self.view = None;
    }

    /// Returns the description of the vehicle for subscribers with this scope. It contains only the groups that the
    /// scope covers; if these are all of the vehicle's groups, the description is shared.
    pub(crate) fn info(&mut self, scope: &AccessScope) -> Arc<VehicleInfo> {
        let is_shown = |group: &GroupId| scope.has_group(self.organization_id, *group);
        if !self.group_ids.iter().all(is_shown) {
            return Arc::new(self.describe(self.group_ids.iter().copied().filter(is_shown).collect()));
        }
        if let Some(info) = &self.info {
            return Arc::clone(info);
        }
        let info = Arc::new(self.describe(self.group_ids.clone()));
        self.info = Some(Arc::clone(&info));
        info
    }

    fn describe(&self, group_ids: BTreeSet<GroupId>) -> VehicleInfo {
        VehicleInfo {
            vehicle_id: self.id,
            name: self.name.clone(),
            kind: self.kind,
            is_enabled: self.is_enabled,
            status: self.status,
            group_ids,
            encoded: EncodedPart::default(),
        }
    }

    pub(crate) fn outdate_info(&mut self) {
        self.info = None;
    }

    /// Returns the registry's data of the vehicle, with its current status.
    pub(crate) fn vehicle(&mut self) -> Arc<Vehicle> {
        if self.data.status != self.status {
            Arc::make_mut(&mut self.data).status = self.status;
        }
        Arc::clone(&self.data)
    }

    pub(crate) fn is_within(&self, scope: &AccessScope) -> bool {
        scope.covers(self.organization_id, &self.group_ids, self.id)
    }

    /// Returns `true` if an interest covers the vehicle for a subscriber with this scope. Groups outside the scope are
    /// ignored: their members are not disclosed, even to a subscriber that sees the vehicle for another reason.
    pub(crate) fn is_covered_by(&self, interest: &Interest, scope: &AccessScope) -> bool {
        let candidate = Candidate {
            id: self.id,
            kind: self.kind,
            condition: Condition {
                status: self.status,
                state: self.state.as_ref(),
                position: self.track.newest(),
            },
        };
        let groups = self.group_ids.iter().copied();
        interest.wants(
            &candidate,
            groups.filter(|group| scope.has_group(self.organization_id, *group)),
        )
    }

    /// Returns `true` if the vehicle was visible to subscribers in its current groups at an earlier value of
    /// [`super::LiveTable::appearances`], and has been ever since.
    pub(crate) fn was_visible_at(&self, appearances: u64) -> bool {
        self.visible_since.is_some_and(|since| since <= appearances)
    }

    /// Iterates over all rooms that may want the vehicle. All of them are open only directly after
    /// [`crate::hub::Hub::settle`].
    pub(crate) fn all_rooms(&self) -> impl Iterator<Item = RoomId> {
        self.rooms.iter().chain(self.filtered.iter().map(|room| room.id))
    }
}
